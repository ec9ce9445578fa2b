import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type EtcdServers, startEtcd } from '../servers/etcd.ts';

let etcd: EtcdServers;

beforeAll(async () => {
  etcd = await startEtcd();
});

afterAll(() => etcd.stop());

it('chooses another leader when its leader is killed, and takes the killed one back', async () => {
  const leader = await etcd.leader();
  await leader.kill('SIGKILL');
  expect(await leader.status()).toBeNull();
  expect((await etcd.leader()).name).not.toBe(leader.name);
  leader.restart();
  await leader.ready();
  expect((await leader.status())?.leader).not.toBe((await leader.status())?.id);
});
