/** Whether the attacks that need minutes run in full. */
export const isLong = process.env.LONG === '1'
