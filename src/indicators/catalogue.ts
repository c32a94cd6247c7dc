import { ad, adosc, cmf } from './ad.ts'
import { adx, adxr, dx, minusDi, minusDm, plusDi, plusDm } from './adx.ts'
import { alma } from './alma.ts'
import { ac, ao } from './ao.ts'
import { aroon, aroonosc } from './aroon.ts'
import { atr, natr, trueRangeIndicator } from './atr.ts'
import { bandwidth, bollinger, percentB } from './bollinger.ts'
import { bop } from './bop.ts'
import { cci } from './cci.ts'
import { chaikinVolatility } from './chaikin-volatility.ts'
import { chandelier } from './chandelier.ts'
import { choppiness } from './choppiness.ts'
import { cmo } from './cmo.ts'
import { connorsRsi } from './connors-rsi.ts'
import { coppock } from './coppock.ts'
import { beta, correl } from './correl.ts'
import { dema, tema } from './dema.ts'
import { donchian } from './donchian.ts'
import { dpo } from './dpo.ts'
import { efficiencyRatio } from './efficiency-ratio.ts'
import { elderRay } from './elder-ray.ts'
import { ema } from './ema.ts'
import { eom } from './eom.ts'
import { fisher } from './fisher.ts'
import { forceIndex } from './force-index.ts'
import { frama } from './frama.ts'
import { garmanKlass } from './garman-klass.ts'
import { historicalVolatility } from './historical-volatility.ts'
import { hma } from './hma.ts'
import { ichimoku } from './ichimoku.ts'
import { imi } from './imi.ts'
import type { Indicator } from './indicator.ts'
import { kama } from './kama.ts'
import { keltner } from './keltner.ts'
import { kst } from './kst.ts'
import { kvo } from './kvo.ts'
import { linearReg, linearRegAngle, linearRegIntercept, linearRegSlope, rSquared, tsf } from './linear-reg.ts'
import { macd } from './macd.ts'
import { massIndex } from './mass-index.ts'
import { mcginley } from './mcginley.ts'
import { meanDeviation } from './mean-deviation.ts'
import { mfi } from './mfi.ts'
import { midpoint, midprice } from './midpoint.ts'
import { mom } from './mom.ts'
import { kurtosis, skew } from './moments.ts'
import { nvi, pvi } from './nvi.ts'
import { obv } from './obv.ts'
import { parkinson } from './parkinson.ts'
import { median, percentile, percentRank } from './percentile.ts'
import { apo, ppo, pvo } from './ppo.ts'
import { psar } from './psar.ts'
import { pvt } from './pvt.ts'
import { qstick } from './qstick.ts'
import { rma } from './rma.ts'
import { roc } from './roc.ts'
import { rogersSatchell } from './rogers-satchell.ts'
import { rollingVwap } from './rolling-vwap.ts'
import { rsi } from './rsi.ts'
import { rvgi } from './rvgi.ts'
import { rvi } from './rvi.ts'
import { sma } from './sma.ts'
import { smi } from './smi.ts'
import { stoch, stochf, stochrsi } from './stoch.ts'
import { superSmoother } from './super-smoother.ts'
import { supertrend } from './supertrend.ts'
import { t3 } from './t3.ts'
import { trima } from './trima.ts'
import { trix } from './trix.ts'
import { tsi } from './tsi.ts'
import { ulcerIndex } from './ulcer-index.ts'
import { ultosc } from './ultosc.ts'
import { stddev, variance, zscore } from './variance.ts'
import { vhf } from './vhf.ts'
import { vidya } from './vidya.ts'
import { vortex } from './vortex.ts'
import { vwap } from './vwap.ts'
import { vwma } from './vwma.ts'
import { willr } from './willr.ts'
import { wma } from './wma.ts'
import { yangZhang } from './yang-zhang.ts'
import { zlema } from './zlema.ts'

/** Every indicator that a rule can name, by category. */
export const INDICATORS: readonly Indicator[] = [
  sma,
  ema,
  wma,
  rma,
  dema,
  tema,
  trima,
  hma,
  kama,
  t3,
  vwma,
  alma,
  zlema,
  mcginley,
  vidya,
  frama,
  superSmoother,
  midpoint,
  midprice,
  rsi,
  macd,
  ppo,
  apo,
  roc,
  mom,
  stoch,
  stochf,
  stochrsi,
  cci,
  willr,
  cmo,
  mfi,
  imi,
  trix,
  tsi,
  smi,
  ultosc,
  ao,
  ac,
  bop,
  fisher,
  rvgi,
  connorsRsi,
  dpo,
  kst,
  coppock,
  elderRay,
  trueRangeIndicator,
  atr,
  natr,
  bollinger,
  percentB,
  bandwidth,
  keltner,
  donchian,
  chandelier,
  stddev,
  historicalVolatility,
  parkinson,
  garmanKlass,
  rogersSatchell,
  yangZhang,
  chaikinVolatility,
  ulcerIndex,
  rvi,
  obv,
  ad,
  adosc,
  cmf,
  vwap,
  rollingVwap,
  forceIndex,
  eom,
  nvi,
  pvi,
  pvt,
  kvo,
  pvo,
  adx,
  adxr,
  dx,
  plusDi,
  minusDi,
  plusDm,
  minusDm,
  aroon,
  aroonosc,
  psar,
  supertrend,
  ichimoku,
  vortex,
  massIndex,
  choppiness,
  qstick,
  vhf,
  efficiencyRatio,
  linearRegSlope,
  linearRegAngle,
  variance,
  meanDeviation,
  zscore,
  skew,
  kurtosis,
  correl,
  beta,
  linearReg,
  linearRegIntercept,
  tsf,
  rSquared,
  median,
  percentile,
  percentRank,
]

const byName = new Map(INDICATORS.map((indicator) => [indicator.name, indicator]))

export function findIndicator(name: string): Indicator | undefined {
  return byName.get(name)
}
