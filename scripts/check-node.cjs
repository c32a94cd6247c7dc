// Runs on whatever Node the machine has, before anything else does: no module and no syntax that an old one lacks.
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

const OLDEST = 20
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']
const NODE = join(__dirname, '..', 'node_modules', '.bin', 'node')
const USE_CONTAINERS = 'Use the containers instead: make docker-up.'

function fail(lines) {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(1)
}

function checkVersion() {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST) return
  fail([
    `Node ${process.versions.node} is too old: version ${OLDEST} or newer is needed.`,
    'Get one at https://nodejs.org or by your version manager, for example "nvm install --lts".',
    'Then run the same command again.',
  ])
}

function checkPlatform() {
  const platform = `${process.platform}-${process.arch}`
  if (PLATFORMS.includes(platform)) return
  const onWindows = 'On Windows, work inside WSL 2, with the clone in its own file system.'
  fail([
    `This machine (${platform}) is not one of ${PLATFORMS.join(', ')}.`,
    process.platform === 'win32' ? onWindows : USE_CONTAINERS,
  ])
}

/** npm leaves out what it was told to leave out, without a word. */
function checkInstalled() {
  const { status, stderr } = spawnSync(NODE, ['--version'], { encoding: 'utf8' })
  if (status === 0) return
  fail([
    `npm did not bring the Node 26 that this project runs on (${NODE}).`,
    'See what "npm config get omit" says: where it names "optional", run "npm config delete omit".',
    `Where the system has no glibc (Alpine), it cannot run. ${USE_CONTAINERS}`,
    'Then remove node_modules and run the same command again.',
    stderr || '',
  ])
}

if (process.argv[2] === 'installed') checkInstalled()
else {
  checkVersion()
  checkPlatform()
}
