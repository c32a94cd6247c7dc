import type { BacktestRow } from '../platform/database/tables.ts'
import type { Summary } from './results-repository.ts'
import type { RunSpec } from './run-spec.ts'

export type ResultSummary = Pick<Summary, 'metrics'>

/** What events and lists tell of a backtest. */
export function shownBacktest(row: BacktestRow, summary: ResultSummary | null) {
  return {
    id: row.id,
    strategy_id: row.strategy_id,
    version: row.version,
    name: row.name,
    note: row.note,
    is_favourite: row.is_favourite,
    state: row.state,
    progress: { bars_done: Number(row.bars_done), bars_total: Number(row.bars_total) },
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail as string },
    run_id: row.result_key.toString('hex'),
    metrics: summary?.metrics ?? null,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}

export function specOf(row: Pick<BacktestRow, 'run'>): RunSpec {
  return row.run as RunSpec
}

/** With all that it was asked for, and all that came out but the tables. */
export function shownDetail(row: BacktestRow, summary: Summary | null) {
  const { instruments, settings, measure, parameters } = specOf(row)
  return {
    ...shownBacktest(row, summary),
    instruments: instruments.map((instrument) => ({
      exchange: instrument.exchange,
      symbol: instrument.symbol,
      dataset_id: instrument.datasetId,
      is_synthetic: instrument.isSynthetic,
      series: instrument.series,
      rows_hash: instrument.rowsHash,
    })),
    settings: {
      parameters,
      from: new Date(settings.from).toISOString(),
      to: new Date(settings.to).toISOString(),
      initial_capital: settings.initialCapital,
      slippage: settings.slippage,
      leverage: settings.leverage,
      path: settings.path,
      limit_fill: settings.limitFill,
      close_at_end: { close: true, open: 'open', none: false }[settings.closeAtEnd],
      periods_per_year: measure.periodsPerYear,
      from_out_of_sample:
        measure.fromOutOfSample === null ? null : new Date(measure.fromOutOfSample).toISOString(),
      max_gap: measure.maxGap,
      instruments: instruments.map(({ rules, funding }) => ({
        id: rules.id,
        kind: rules.kind,
        price_tick: rules.priceTick,
        quantity_step: rules.quantityStep,
        minimum_notional: rules.minimumNotional,
        maker_fee: rules.makerFee,
        taker_fee: rules.takerFee,
        maintenance_margin_rate: rules.maintenanceMarginRate,
        funding,
      })),
    },
    result: summary && shownResult(summary),
  }
}

const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

function shownScenario({ metrics, tradesHash, equityHash }: NonNullable<Summary['scenarios']>['worst']) {
  return { metrics, trades_hash: tradesHash, equity_hash: equityHash }
}

export type ShownBacktest = ReturnType<typeof shownDetail>
export type ShownResult = ReturnType<typeof shownResult>

export function shownResult({ scenarios, halves, ...summary }: Summary) {
  return {
    engine_version: summary.engine,
    bars: summary.bars,
    closed_trades: summary.closedTrades,
    open_trades: summary.openTrades,
    orders: summary.orders,
    refusals: summary.refusalCounts,
    ambiguous_bars: summary.ambiguousBars,
    resolved_bars: summary.resolvedBars,
    ruined_at: instant(summary.ruinedAt),
    gaps: { missing_bars: summary.gaps.bars, trades_across: summary.gaps.trades },
    warnings: summary.warnings,
    trades_hash: summary.tradesHash,
    equity_hash: summary.equityHash,
    metrics: summary.metrics,
    in_sample: halves?.inSample ?? null,
    out_of_sample: halves?.outOfSample ?? null,
    scenarios: scenarios && { worst: shownScenario(scenarios.worst), best: shownScenario(scenarios.best) },
  }
}
