# The names in capitals stand for the expressions of the documentation.
locals {
  cases = jsondecode(file("${path.module}/cases.json"))
}

output "chosen" {
  value = [for c in local.cases : [for i, id in [
    for s in [for s in c.sessions : merge(s, { address = ADDRESS, user_agent = s.user_agent == "" ? null : s.user_agent })] : s.session_id
    if(c.from_networks == null ? true : FROM_NETWORKS)
    && (c.not_from_networks == null ? true : NOT_FROM_NETWORKS)
    && (c.pattern == null ? true : USER_AGENT_REGEX)
    && (c.created_after == null ? true : CREATED_AFTER)
    && (c.created_before == null ? true : CREATED_BEFORE)
    && (c.older_than == null ? true : OLDER_THAN)
    && (c.younger_than == null ? true : YOUNGER_THAN)
  ] : id if i >= c.newest]]
}
