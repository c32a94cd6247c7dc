/** Whether a value is one that an example shows: everybody knows it, so it protects nothing. */
export function isPlaceholder(value: string): boolean {
  return /change[-_ ]?(me|this|it)|your[-_ ]|placeholder|insecure/i.test(value)
}
