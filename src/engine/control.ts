/** How a run is watched and stopped from outside, between its steps. */
export type RunControl = {
  /** Told the instants that are done; answers whether to go on. */
  goOn(instants: number): boolean
}

/** Thrown out of a run that was told to stop. */
export class RunStopped extends Error {
  constructor() {
    super('the run was stopped')
    this.name = 'RunStopped'
  }
}
