import type { Series } from './textbook.ts'

/** What a reference may read: the columns, and two series that a user might write. */
export type ReferenceInputs = {
  source: Series
  other: Series
  timestamp: Series
  open: Series
  high: Series
  low: Series
  close: Series
  volume: Series
}

/** An indicator's outputs as another program, or the plainest code that follows its definition, makes them. */
export type Reference = (inputs: ReferenceInputs, parameters: number[]) => Series[]
