/** Some five round numbers between two. */
export function roundTicks(from: number, to: number): number[] {
  const rough = (to - from) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) as number) * power
  const ticks: number[] = []
  for (let n = Math.ceil(from / step); n * step <= to; n++) ticks.push(n * step + 0)
  return ticks
}

/** 1, 2, 5, 10, 20, … between two, without the 2s and 5s where that would be too many. */
export function logTicks(from: number, to: number): number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power++) {
    for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power)
  }
  const inside = ticks.filter((value) => value >= from && value <= to)
  const MOST = 8
  return inside.length <= MOST ? inside : inside.filter((value) => Number.isInteger(Math.log10(value)))
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 4, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 3, 5, 7, 10].map((count) => count * DAY),
]
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60]
const MOST_TIMES = 7
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export type TimeTick = { time: number; label: string }

function dayLabel(time: number): string {
  const date = new Date(time)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`
}

function monthTicks(from: number, to: number): TimeTick[] {
  const count = (to - from) / (30 * DAY)
  const step =
    MONTH_STEPS.find((months) => count / months <= MOST_TIMES) ?? Math.ceil(count / MOST_TIMES / 120) * 120
  const start = new Date(from)
  const ticks: TimeTick[] = []
  let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step
  const timeOf = () => Date.UTC(Math.floor(month / 12), month % 12)
  for (let time = timeOf(); time <= to; time = timeOf()) {
    const year = Math.floor(month / 12)
    const label = month % 12 === 0 ? `${year}` : `${MONTHS[month % 12]} ${year}`
    if (time >= from) ticks.push({ time, label })
    month += step
  }
  return ticks
}

/** At most eight times between two: whole minutes, hours, days, months or years (UTC). */
export function timeTicks(from: number, to: number): TimeTick[] {
  if (to <= from) return [{ time: from, label: new Date(from).toISOString().slice(0, 10) }]
  const step = STEPS.find((length) => (to - from) / length <= MOST_TIMES)
  if (step === undefined) return monthTicks(from, to)
  const ticks: TimeTick[] = []
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const clock = new Date(time).toISOString().slice(11, 16)
    ticks.push({ time, label: step >= DAY || clock === '00:00' ? dayLabel(time) : clock })
  }
  return ticks
}
