locals {
  sessions = ephemeral.identitycenter_user_sessions.alice.sessions

  # What to look for, and whether a session matches of which the API does not tell it.
  networks = ["203.0.113.0/24", "2001:db8:7::1/128"]
  pattern  = "(?i)curl|python|go-http"
  moment   = "2026-11-23T02:15:00Z"
  age      = "4h"
  newest   = 1
  missing  = true

  # Addresses in one form, IPv4-mapped IPv6 as IPv4; null when the address is not known.
  addresses = {
    for s in local.sessions : s.session_id =>
    try(cidrhost("${s.ip_address}/128", 0), cidrhost("${s.ip_address}/32", 0), null)
  }

  from_networks = [
    for s in local.sessions : s.session_id
    if local.addresses[s.session_id] == null ? local.missing : anytrue([
      for n in local.networks :
      try(cidrhost("${local.addresses[s.session_id]}/${split("/", n)[1]}", 0) == cidrhost(n, 0), false)
    ])
  ]
  not_from_networks = [
    for s in local.sessions : s.session_id
    if local.addresses[s.session_id] == null ? local.missing : alltrue([
      for n in local.networks :
      try(cidrhost("${local.addresses[s.session_id]}/${split("/", n)[1]}", 0) != cidrhost(n, 0), true)
    ])
  ]
  user_agent_regex = [
    for s in local.sessions : s.session_id
    if s.user_agent == null ? local.missing : can(regex(local.pattern, s.user_agent))
  ]
  created_after = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, local.moment) >= 0, local.missing)
  ]
  created_before = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, local.moment) < 0, local.missing)
  ]
  older_than = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, timeadd(plantimestamp(), "-${local.age}")) < 0, local.missing)
  ]
  younger_than = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, timeadd(plantimestamp(), "-${local.age}")) >= 0, local.missing)
  ]
  # The list begins with the newest session.
  keep_newest = [for i, s in local.sessions : s.session_id if i >= local.newest]
}
