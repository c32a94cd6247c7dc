/** Takes a row: the values in the order of the series' columns, in memory that the next row will use, and its number. */
export type RowSink = (values: Float64Array, number: number) => void

/** Finds the rows in bytes that come in pieces. */
export type RowsReader = {
  write(bytes: Buffer): void
  /** After the last piece. */
  end(): void
}
