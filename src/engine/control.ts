/** How a run is watched and stopped from outside, between its steps. */
export type RunControl = {
  /**
   * Called every few milliseconds.
   * @param instants that are done
   * @param fills that were recorded
   * @returns whether to go on
   */
  goOn(instants: number, fills: number): boolean
}

/** Thrown out of a run that was told to stop. */
export class RunStopped extends Error {
  constructor() {
    super('the run was stopped')
    this.name = 'RunStopped'
  }
}
