import fc from 'fast-check'

// Loaded before the tests where PROPERTY_RUNS says how many inputs each property is tried with.
fc.configureGlobal({ numRuns: Number(process.env.PROPERTY_RUNS) })
