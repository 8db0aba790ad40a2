// Answers, as AWS would, whether policies allow requests, and says what is wrong with the
// policies themselves. Reads {policies: {name: text}} to check and {requests: [{principal,
// action, resource, context: {key: [values]}, policies: {name: text}, trust: text}]} to
// decide, as JSON on stdin; writes {findings: [text]} and {answers: [{allowed, reason}]} as
// JSON. With {survey} it asks for whole actions at once; see survey.mjs.
import { text } from 'node:stream/consumers'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { findings } from './lint.mjs'
import { questions } from './survey.mjs'

// Nothing stands above the account: what is decided is what its own policies say.
const anything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const aboveTheAccount = [{ orgIdentifier: 'account', policies: [{ name: 'anything', policy: anything }] }]

// AWS's own documents and parameters are in no account, and the simulator believes that each
// is in one. Both sides of the comparison get the same word for none.
const withAccount = (text) => text.replace(/(:ssm:[^:"]*:):(document|parameter)\//g, '$1aws:$2/')

// The simulator knows keys that end in a name of one's choice after a slash, and takes those of KMS's encryption contexts,
// which have a colon there, for unknown. They are compared under a name of the first kind.
const withSlash = (text) => text.replace(/kms:EncryptionContext:([\w:-]+)/g, (_, name) => `aws:PrincipalTag/${name.replaceAll(':', '-')}`)

const asKnown = (text) => withSlash(withAccount(text))

// A key's own policy decides with the others. This is the one that leaves it to them.
const keyPolicy = (partition, account) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:${partition}:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
})

// What AWS takes over from the token of an identity provider, by its name after the provider's own.
// Source: "Available keys for AWS OIDC federation" in the IAM user guide, the part about GitHub.
const claims = [
  'aud', 'sub', 'actor', 'actor_id', 'job_workflow_ref', 'repository', 'repository_id', 'workflow', 'ref', 'environment', 'enterprise_id',
]

// federate decides about a token that wants a role. The simulator's table of this action leaves the providers' keys out,
// and it ignores what is not in there. So claims are checked here, and then compared under a name that it knows.
async function federate({ principal, action, resource, context, trust }) {
  const provider = principal.slice(principal.indexOf('/') + 1)
  const known = Object.fromEntries(Object.entries(context).map(([key, values]) => {
    const [of, claim] = key.split(':')
    if (of !== provider || !claims.includes(claim)) {
      throw new Error(`${action} on ${resource}: AWS sends no ${key}`)
    }
    return [`aws:PrincipalTag/${claim}`, values[0]]
  }))
  const result = await runSimulation({
    request: { principal, action, resource: { resource, accountId: resource.split(':')[4] }, contextVariables: known },
    identityPolicies: [], resourcePolicy: JSON.parse(trust.replaceAll(`"${provider}:`, '"aws:PrincipalTag/')),
    serviceControlPolicies: aboveTheAccount, resourceControlPolicies: [],
  }, {})
  if (result.resultType !== 'single' || result.result.ignoredContextKeys.length > 0) {
    throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors ?? result.result?.ignoredContextKeys)}`)
  }
  return { allowed: result.overallResult === 'Allowed', reason: result.overallResult }
}

async function decide(request) {
  if (request.trust) {
    return federate(request)
  }
  const [, partition, , , account] = request.principal.split(':')
  const context = Object.fromEntries(
    Object.entries(request.context ?? {}).map(([key, values]) => [withSlash(key), values.length === 1 ? values[0] : values]),
  )
  const result = await runSimulation({
    request: {
      principal: request.principal,
      action: request.action,
      resource: { resource: withAccount(request.resource), accountId: account },
      contextVariables: context,
    },
    identityPolicies: Object.entries(request.policies).map(([name, policy]) => ({ name, policy: JSON.parse(asKnown(policy)) })),
    resourcePolicy: request.action.startsWith('kms:') ? keyPolicy(partition, account) : undefined,
    serviceControlPolicies: aboveTheAccount,
    resourceControlPolicies: [],
  }, {})
  if (result.resultType === 'error') {
    throw new Error(`${request.action} on ${request.resource}: ${JSON.stringify(result.errors)}`)
  }
  if (result.resultType !== 'single') {
    throw new Error(`${request.action} on ${request.resource}: a request is on one resource`)
  }
  // A key that AWS would not send with such a request makes the question another one.
  if (result.result.ignoredContextKeys.length > 0) {
    throw new Error(`${request.action} on ${request.resource}: AWS sends no ${result.result.ignoredContextKeys.join(', ')}`)
  }
  const { identityAnalysis } = result.result.analysis // there is none where nobody is asked, as for sts:GetCallerIdentity
  return { allowed: result.overallResult === 'Allowed', reason: identityAnalysis ? reason(identityAnalysis) : result.overallResult }
}

// reason names the statements that decide, or those that are about the action and why they
// do not apply.
function reason({ allowStatements, denyStatements, unmatchedStatements }) {
  const named = (s) => `${s.policyId}/${s.explain.identifier}`
  const decisive = denyStatements.length > 0 ? denyStatements : allowStatements
  if (decisive.length > 0) {
    return `${denyStatements.length > 0 ? 'denied' : 'allowed'} by ${decisive.map(named).join(', ')}`
  }
  const near = unmatchedStatements.filter((s) => s.actionMatch).map((s) => {
    if (!s.resourceMatch) return `${named(s)}: another resource`
    const failed = (s.explain.conditions ?? []).filter((c) => !c.matches)
    return `${named(s)}: ${failed.map((c) => `${c.operator} ${c.conditionKeyValue}`).join(', ')}`
  })
  return near.length > 0 ? near.join('; ') : 'no statement is about the action'
}

const { policies = {}, requests = [], survey } = JSON.parse(await text(process.stdin))
const found = []
for (const [name, policy] of Object.entries(policies)) {
  found.push(...(await findings(JSON.parse(policy))).map((finding) => `${name}: ${finding}`))
}
const answers = []
for (const request of requests) {
  answers.push(await decide(request))
}
const surveyed = []
for (const question of survey ? await questions(survey) : []) {
  const { action, resource, context } = question
  surveyed.push({ action, resource, context, ...(await decide({ ...survey, ...question })) })
}
process.stdout.write(JSON.stringify({ findings: found, answers, surveyed }))
