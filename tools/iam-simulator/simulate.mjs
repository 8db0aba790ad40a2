// Answers, as AWS would, whether policies allow requests, and says what is wrong with the
// policies themselves. Reads {policies: {name: text}} to check and {requests: [{principal,
// action, resource, context: {key: [values]}, policies: {name: text}}]} to decide, as JSON
// on stdin; writes {findings: [text]} and {answers: [{allowed, reason}]} as JSON.
import { text } from 'node:stream/consumers'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { findings } from './lint.mjs'

// Nothing stands above the account: what is decided is what its own policies say.
const anything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const aboveTheAccount = [{ orgIdentifier: 'account', policies: [{ name: 'anything', policy: anything }] }]

// AWS's own documents are in no account, and the simulator believes that every document is
// in one. Both sides of the comparison get the same word for none.
const withAccount = (text) => text.replace(/(:ssm:[^:"]*:):document\//g, '$1aws:document/')

// A key's own policy decides with the others. This is the one that leaves it to them.
const keyPolicy = (partition, account) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:${partition}:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
})

async function decide(request) {
  const [, partition, , , account] = request.principal.split(':')
  const context = Object.fromEntries(
    Object.entries(request.context ?? {}).map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  )
  const result = await runSimulation({
    request: {
      principal: request.principal,
      action: request.action,
      resource: { resource: withAccount(request.resource), accountId: account },
      contextVariables: context,
    },
    identityPolicies: Object.entries(request.policies).map(([name, policy]) => ({ name, policy: JSON.parse(withAccount(policy)) })),
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
  return { allowed: result.overallResult === 'Allowed', reason: reason(result.result.analysis.identityAnalysis) }
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

const { policies = {}, requests = [] } = JSON.parse(await text(process.stdin))
const found = []
for (const [name, policy] of Object.entries(policies)) {
  found.push(...(await findings(JSON.parse(policy))).map((finding) => `${name}: ${finding}`))
}
const answers = []
for (const request of requests) {
  answers.push(await decide(request))
}
process.stdout.write(JSON.stringify({ findings: found, answers }))
