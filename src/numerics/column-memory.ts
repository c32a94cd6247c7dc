/** Less is had for nothing. */
const SMALLEST = 256
const MOST_KEPT_BYTES = 64 * 1024 * 1024

type Shelf<Column> = { columns: Column[]; used: number }
type Shelves<Column> = Map<number, Shelf<Column>>

/**
 * Where columns come from. What one run needed serves the next: a million doubles that are new to the process take 3 ms
 * to touch, as long as an exponential average over them, and small ones keep the garbage collector busy.
 */
export class ColumnMemory {
  private readonly numberShelves: Shelves<Float64Array> = new Map()
  private readonly byteShelves: Shelves<Uint8Array> = new Map()

  /** A column whose values are to be written: it may hold those of an earlier one. */
  numbers(length: number): Float64Array {
    if (length < SMALLEST) return new Float64Array(length)
    const shelf = shelfOf(this.numberShelves, length)
    const column = shelf.columns[shelf.used] ?? new Float64Array(length)
    shelf.columns[shelf.used++] = column
    return column
  }

  /** The same of bytes. */
  bytes(length: number): Uint8Array {
    if (length < SMALLEST) return new Uint8Array(length)
    const shelf = shelfOf(this.byteShelves, length)
    const column = shelf.columns[shelf.used] ?? new Uint8Array(length)
    shelf.columns[shelf.used++] = column
    return column
  }

  /**
   * Take back a column that nothing reads any more, so that the next one of its length gets it. Columns that it did not
   * hand out are left alone.
   */
  giveBack(column: Float64Array | Uint8Array): void {
    if (column instanceof Float64Array) takeBack(this.numberShelves, column, this.freeBytes())
    else takeBack(this.byteShelves, column, this.freeBytes())
  }

  private freeBytes(): number {
    return freeOn(this.numberShelves) + freeOn(this.byteShelves)
  }

  /** Takes back all that was handed out: nobody may read it any more. */
  reuse(): void {
    clear(this.byteShelves, clear(this.numberShelves, MOST_KEPT_BYTES))
  }
}

function shelfOf<Column>(shelves: Shelves<Column>, length: number): Shelf<Column> {
  const found = shelves.get(length)
  if (found) return found
  const shelf = { columns: [], used: 0 }
  shelves.set(length, shelf)
  return shelf
}

/** Keeps of what was used last as much as there is room for. Returns the room that is left. */
function clear<Column extends { byteLength: number }>(shelves: Shelves<Column>, room: number): number {
  let left = room
  for (const [length, shelf] of shelves) {
    const size = shelf.columns[0]?.byteLength ?? 0
    shelf.columns.length = Math.min(shelf.used, Math.floor(left / size))
    left -= size * shelf.columns.length
    shelf.used = 0
    if (shelf.columns.length === 0) shelves.delete(length)
  }
  return left
}

function freeOn<Column extends { byteLength: number }>(shelves: Shelves<Column>): number {
  let bytes = 0
  for (const { columns, used } of shelves.values()) {
    bytes += (columns.length - used) * (columns[0]?.byteLength ?? 0)
  }
  return bytes
}

/** Move a column behind those in use, or let it go where enough are free. */
function takeBack<Column extends { length: number }>(
  shelves: Shelves<Column>,
  column: Column,
  freeBytes: number,
): void {
  const shelf = shelves.get(column.length)
  const at = shelf?.columns.indexOf(column) ?? -1
  if (shelf === undefined || at === -1 || at >= shelf.used) return
  const last = --shelf.used
  shelf.columns[at] = shelf.columns[last] as Column
  shelf.columns[last] = column
  if (freeBytes >= MOST_KEPT_BYTES) shelf.columns.splice(last, 1)
}
