import {
  changesOf,
  event,
  pick,
  rowOf,
  targetOf,
  textOf,
  type AuthEvent,
  type CallFacts,
  type Row,
} from './auth-event.ts';

// The organization is named by the body, by the record that changes, by the answer, or it is the session's.
function organizationOf({ body, result, subject, session }: CallFacts): string | undefined {
  const answers = [result, result.member, result.invitation, result.team].map(rowOf);
  const ids = [body.organizationId, subject?.organizationId, ...answers.map((answer) => answer.organizationId)];
  const active = (session?.session as Row | undefined)?.activeOrganizationId;
  return [...ids, active].map(textOf).find(Boolean);
}

type Target = (facts: CallFacts) => ReturnType<typeof targetOf>;

const theOrganization: Target = (facts) => {
  const { body, result, subject } = facts;
  const name = subject?.name ?? result.name ?? rowOf(body.data).name ?? body.name;
  return targetOf('organization', organizationOf(facts) ?? result.id, name);
};
const theMember: Target = ({ body, result, subject }) => {
  const member = rowOf(result.member ?? result);
  const name = [body.memberIdOrEmail, body.email].map(textOf).find((text) => text?.includes('@'));
  return targetOf('user', subject?.userId ?? body.userId ?? member.userId, name);
};
const theTeam: Target = ({ body, result, subject }) =>
  targetOf('team', body.teamId ?? result.id, subject?.name ?? rowOf(body.data).name ?? body.name ?? result.name);
const theRole: Target = ({ body }) => targetOf('role', body.roleId, body.roleName ?? body.role);

function organizationEvent(
  action: string,
  text: string,
  target: Target,
  names: readonly string[] = [],
  subject?: AuthEvent['subject'],
): AuthEvent {
  const details = (facts: CallFacts) => {
    const { body, result, subject: before } = facts;
    const after = { ...body, ...rowOf(body.data) };
    const organization = organizationOf(facts) ?? (action === 'created' ? textOf(result.id) : undefined);
    return {
      channel: 'security',
      ...target(facts),
      ...(organization && { scope: { organization } }),
      ...(before && names.length > 0 ? changesOf(before, after, names) : pick(after, names)),
    };
  };
  return event(`organization.${action}`, text, details, subject);
}

const ORGANIZATION = ['organization', 'organizationId'] as const;
const INVITATION = ['invitation', 'invitationId'] as const;
const TEAM = ['team', 'teamId'] as const;

/** The endpoints of the organization plugin that are recorded. */
export const ORGANIZATION_EVENTS: Readonly<Record<string, AuthEvent>> = {
  '/organization/create': organizationEvent('created', 'created an organization', theOrganization, ['slug']),
  '/organization/update': organizationEvent(
    'updated',
    'changed an organization',
    theOrganization,
    ['name', 'slug', 'logo'],
    ORGANIZATION,
  ),
  '/organization/delete': organizationEvent('deleted', 'deleted an organization', theOrganization, [], ORGANIZATION),
  '/organization/invite-member': organizationEvent('member_invited', 'invited somebody', theMember, ['email', 'role']),
  '/organization/accept-invitation': organizationEvent(
    'member_joined',
    'accepted an invitation',
    theMember,
    [],
    INVITATION,
  ),
  '/organization/reject-invitation': organizationEvent(
    'invitation_rejected',
    'rejected an invitation',
    theMember,
    [],
    INVITATION,
  ),
  '/organization/cancel-invitation': organizationEvent(
    'invitation_canceled',
    'canceled an invitation',
    theMember,
    [],
    INVITATION,
  ),
  // It has no path, because only servers call it.
  addOrganizationMember: organizationEvent('member_added', 'added a member', theMember, ['role']),
  '/organization/remove-member': organizationEvent(
    'member_removed',
    'removed a member',
    theMember,
    [],
    ['member', 'memberIdOrEmail'],
  ),
  '/organization/leave': organizationEvent('member_left', 'left an organization', theMember),
  '/organization/update-member-role': organizationEvent(
    'role_changed',
    'changed the role of a member',
    theMember,
    ['role'],
    ['member', 'memberId'],
  ),
  '/organization/create-role': organizationEvent('role_created', 'created a role', theRole),
  '/organization/update-role': organizationEvent('role_updated', 'changed a role', theRole),
  '/organization/delete-role': organizationEvent('role_deleted', 'deleted a role', theRole),
  '/organization/create-team': organizationEvent('team_created', 'created a team', theTeam),
  '/organization/update-team': organizationEvent('team_updated', 'changed a team', theTeam, ['name'], TEAM),
  '/organization/remove-team': organizationEvent('team_removed', 'removed a team', theTeam, [], TEAM),
  '/organization/add-team-member': organizationEvent('team_member_added', 'added a member to a team', theMember),
  '/organization/remove-team-member': organizationEvent(
    'team_member_removed',
    'removed a member from a team',
    theMember,
  ),
};
