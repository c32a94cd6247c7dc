const CHECK_EVERY_MS = 2000

/** Reloads the page as soon as a mail came or went; where the server is away, it just tries again. */
async function reloadWhenChanged() {
  const answer = await fetch('/dev/mailbox/version')
  if (answer.ok && (await answer.text()) !== document.documentElement.dataset.version) location.reload()
}

setInterval(() => {
  if (!document.hidden) reloadWhenChanged().catch(() => {})
}, CHECK_EVERY_MS)

for (const button of document.querySelectorAll('button[data-code]')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.code)
    button.textContent = 'Copied'
  })
}
