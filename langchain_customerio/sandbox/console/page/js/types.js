/**
 * The shapes of what the sandbox sends, for the type checker.
 *
 * @typedef {"accepted" | "duplicate" | "dropped" | "rejected" | "faulted"} Label
 *
 * @typedef {object} Row A call, or a request of which no call could be read.
 * @property {number} number The request, from 1.
 * @property {number} index The place in the request, from 0.
 * @property {number} at Seconds since 1970.
 * @property {string | null} type
 * @property {string} endpoint
 * @property {string} who
 * @property {string} what
 * @property {Label} label
 * @property {string} reason
 * @property {string | null} fault
 * @property {string[]} ignored
 * @property {number | null} status
 * @property {boolean} strict
 *
 * @typedef {object} Reason
 * @property {string} outcome
 * @property {string} reason
 * @property {number} times
 *
 * @typedef {object} WaitingFault
 * @property {string} text
 * @property {string | null} endpoint
 * @property {number} after
 * @property {number | null} times
 *
 * @typedef {object} State
 * @property {{ requests: number, calls: number, bytes: number }} counts
 * @property {Partial<Record<Label, number>>} labels
 * @property {Record<string, Partial<Record<Label, number>>>} seconds
 * @property {Reason[]} reasons
 * @property {{ people: number, anonymous: number, objects: number, events: number, identifiers: number }} holds
 * @property {WaitingFault[]} faults
 * @property {number} now The sandbox's time, in seconds since 1970.
 *
 * @typedef {object} Field A value with its path; text as it is, anything else as JSON.
 * @property {string} name
 * @property {string} value
 * @property {boolean} text
 *
 * @typedef {object} CallDetail
 * @property {Row} row
 * @property {string | null} reason
 * @property {string[]} ignored
 * @property {string | null} message_id
 * @property {number} calls
 * @property {string | null} call
 * @property {{ method: string, path: string, headers: Record<string, string>, key: string | null, bytes: number,
 *   body: string | null }} request
 * @property {{ headers: Record<string, string>, body: string }} answer
 * @property {{ python?: string, tool?: string, curl?: string }} snippets
 *
 * @typedef {object} PersonRow
 * @property {string} id
 * @property {string | null} email
 * @property {"person" | "anonymous"} kind
 * @property {number} traits
 * @property {boolean} unsubscribed
 * @property {boolean} suppressed
 * @property {number | null} at
 *
 * @typedef {object} Device
 * @property {string} token
 * @property {string} type
 * @property {string | null} app
 * @property {string | null} updated_at
 *
 * @typedef {object} Membership
 * @property {string} type_id
 * @property {string} id
 * @property {string | null} name
 * @property {Field[]} attributes
 *
 * @typedef {object} Deletion
 * @property {string} kind
 * @property {string} event
 * @property {string} id
 * @property {boolean} found
 * @property {string | null} type_id
 * @property {string | null} user_id
 * @property {string | null} at
 *
 * @typedef {object} Person
 * @property {string} id
 * @property {"person" | "anonymous" | "unknown"} kind
 * @property {string | null} email
 * @property {string[]} identifiers
 * @property {string[]} anonymous_ids
 * @property {string[]} previous_ids
 * @property {number | null} created_at
 * @property {number | null} updated_at
 * @property {Field[]} traits
 * @property {boolean} unsubscribed
 * @property {Field[]} preferences
 * @property {string[]} suppressed
 * @property {[string, string][]} aliases
 * @property {Device[]} devices
 * @property {Membership[]} groups
 * @property {Deletion[]} deletions
 *
 * @typedef {object} ObjectRow
 * @property {string} type_id
 * @property {string} id
 * @property {string | null} name
 * @property {number} members
 *
 * @typedef {object} ObjectDetail
 * @property {string} type_id
 * @property {string} id
 * @property {string | null} name
 * @property {number | null} created_at
 * @property {Field[]} traits
 * @property {number} members
 * @property {{ id: string, attributes: Field[] }[]} members_listed
 *
 * @typedef {object} Identifiers The newest of each kind, and how many there are.
 * @property {{ suppressed: number, deleted: number, aliases: number, merged: number }} totals
 * @property {string[]} suppressed
 * @property {Deletion[]} deleted
 * @property {[string, string][]} aliases
 * @property {{ id: string, anonymous_ids: string[], previous_ids: string[] }[]} merged
 *
 * @typedef {object} Search What to show of the ledger.
 * @property {string | undefined} [q]
 * @property {string | undefined} [type]
 * @property {string | undefined} [outcome]
 * @property {string | undefined} [person]
 *
 * @typedef {object} Route
 * @property {string} view
 * @property {string[]} path What comes behind the view, such as the id of a person.
 * @property {Record<string, string>} params
 */
export {};
