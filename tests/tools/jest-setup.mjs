import { buildIfStale } from '../../bin/build.mjs';

export default async function setup() {
  await buildIfStale();
}
