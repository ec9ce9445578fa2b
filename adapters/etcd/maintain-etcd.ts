import type { IStatusResponse } from 'etcd3';
import { LIMITS } from '../../core/limits.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { EtcdFailure, failureOf } from './etcd-failure.ts';

/** What maintenance has done to a member. */
export type MemberMaintenance =
  | {
      readonly kind: 'defragmented';
      readonly endpoint: string;
      readonly bytesBefore: number;
      readonly bytesAfter: number;
    }
  /** It did not answer, or not in time: it is as it was. */
  | { readonly kind: 'left'; readonly endpoint: string; readonly reason: string };

/** What maintenance has done. */
export interface EtcdMaintenance {
  /** The oldest revision that is kept. */
  readonly compactedTo: number;
  readonly members: readonly MemberMaintenance[];
  /** Whether the alarm of a full store was taken back. */
  readonly tookAlarmBack: boolean;
}

/**
 * Gives back the space of what was trimmed: forgets all but the newest `keepRevisions` revisions, then has each member write
 * its store anew, one after the other and the leader last, as a member answers nothing meanwhile. A full store's alarm is
 * taken back once all members are done. Logs may be written and followed meanwhile. Throws EtcdFailure.
 */
export async function maintainEtcd(
  cluster: EtcdCluster,
  keepRevisions: number = LIMITS.etcdRevisionsKept,
): Promise<EtcdMaintenance> {
  const { header } = await cluster.call(({ client, options }) =>
    client.kv.range({ key: Buffer.from('ringwatch'), count_only: true }, options),
  );
  const compactedTo = Math.max(0, Number(header.revision) - keepRevisions);
  if (compactedTo > 0) await compact(cluster, compactedTo);
  const statuses: { endpoint: string; isLeader: boolean; bytes: number }[] = [];
  const members: MemberMaintenance[] = [];
  for (const { endpoint } of cluster.members) {
    try {
      const status = await statusOf(cluster, endpoint);
      const isLeader = status.leader === status.header.member_id;
      statuses.push({ endpoint, isLeader, bytes: Number(status.dbSize) });
    } catch (error) {
      members.push({ kind: 'left', endpoint, reason: failureOf(error, endpoint).message });
    }
  }
  statuses.sort((a, b) => Number(a.isLeader) - Number(b.isLeader));
  for (const { endpoint, bytes } of statuses) members.push(await defragment(cluster, endpoint, bytes));
  const areAllDone = members.every(({ kind }) => kind === 'defragmented');
  return { compactedTo, members, tookAlarmBack: areAllDone && (await takeAlarmsBack(cluster)) };
}

async function compact(cluster: EtcdCluster, revision: number): Promise<void> {
  try {
    await cluster.call(({ client, options }) => client.kv.compact({ revision, physical: true }, options));
  } catch (error) {
    // By someone else, or by a try of which no answer came.
    if (!(error instanceof EtcdFailure) || error.kind !== 'compacted') throw error;
  }
}

function clientOf(cluster: EtcdCluster, endpoint: string) {
  const member = cluster.members.find((candidate) => candidate.endpoint === endpoint);
  if (member === undefined) throw new EtcdFailure('unavailable', `${endpoint} is no member`, false);
  return member.client.maintenance;
}

function statusOf(cluster: EtcdCluster, endpoint: string): Promise<IStatusResponse> {
  return clientOf(cluster, endpoint).status({ deadline: Date.now() + LIMITS.etcdCallMs });
}

async function defragment(
  cluster: EtcdCluster,
  endpoint: string,
  bytesBefore: number,
): Promise<MemberMaintenance> {
  try {
    await clientOf(cluster, endpoint).defragment({ deadline: Date.now() + LIMITS.etcdDefragmentMs });
    const { dbSize } = await statusOf(cluster, endpoint);
    return { kind: 'defragmented', endpoint, bytesBefore, bytesAfter: Number(dbSize) };
  } catch (error) {
    return { kind: 'left', endpoint, reason: failureOf(error, endpoint).message };
  }
}

/** Takes the alarms of full stores back, if there are any: members that are still full raise them again. */
async function takeAlarmsBack(cluster: EtcdCluster): Promise<boolean> {
  const { alarms } = await cluster.call(({ client, options }) =>
    client.maintenance.alarm({ action: 'Get' }, options),
  );
  const full = alarms.filter(({ alarm }) => alarm === 'Nospace');
  for (const { memberID } of full) {
    await cluster.call(({ client, options }) =>
      client.maintenance.alarm({ action: 'Deactivate', memberID, alarm: 'Nospace' }, options),
    );
  }
  return full.length > 0;
}
