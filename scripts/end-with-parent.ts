/*
 * Loaded into the server by the development watcher: however the watcher ends, kill -9 included, the server ends
 * too, in order, and gives its port free.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
