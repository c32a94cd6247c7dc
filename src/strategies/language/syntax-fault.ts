import type { DiagnosticCode } from './diagnostic.ts'

/** Why an expression cannot be read. Thrown and caught within the parser; becomes a diagnostic. */
export class SyntaxFault extends Error {
  readonly code: DiagnosticCode
  readonly place: { from: number; to: number }
  readonly suggestion: string | undefined

  constructor(
    code: DiagnosticCode,
    place: { from: number; to: number },
    message: string,
    suggestion?: string,
  ) {
    super(message)
    this.code = code
    this.place = { from: place.from, to: place.to }
    this.suggestion = suggestion
  }
}
