import { openDataFolder } from '../../adapters/files/data-folder.ts';

/** A process that opens a data folder, says so, and keeps it until it is killed: `hold-folder DIR`. */
await openDataFolder(process.argv[2] as string, { create: true });
console.log('open');
setInterval(() => undefined, 60_000);
