import { againstC, everything, sweeps } from './engine/against-c.ts'
import { backtestingSpeed } from './engine/backtesting-speed.ts'
import { backtestingTrades } from './engine/backtesting-trades.ts'
import { importing } from './engine/importing.ts'
import { openEngineLaboratory } from './engine/laboratory.ts'
import { runLatency } from './engine/run-latency.ts'
import { tableAnswers } from './engine/table-answers.ts'
import { vectorbt } from './engine/vectorbt.ts'
import { workerMemory } from './engine/worker-memory.ts'
import { runMeasurement } from './lab/command.ts'

/*
 * Measures the trading engine beside its peers and limits, and prints a table. ONLY=c,vectorbt for some of it, QUICK=1
 * to see that all of it works.
 */

await runMeasurement({
  family: 'engine',
  open: openEngineLaboratory,
  trials: {
    c: againstC,
    everything,
    sweep: sweeps,
    vectorbt,
    backtesting: backtestingSpeed,
    trades: backtestingTrades,
    latency: runLatency,
    import: importing,
    memory: workerMemory,
    tables: tableAnswers,
  },
})
