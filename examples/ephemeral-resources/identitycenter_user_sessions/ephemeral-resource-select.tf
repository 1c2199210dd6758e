locals {
  sessions = ephemeral.identitycenter_user_sessions.alice.sessions

  # By address: one, all but one, and those of a network. The API does not know
  # every address; try() leaves out the sessions of which it is unknown.
  from_address   = [for s in local.sessions : s.session_id if s.ip_address == "203.0.113.7"]
  from_elsewhere = [for s in local.sessions : s.session_id if s.ip_address != "198.51.100.23"]
  from_network = [
    for s in local.sessions : s.session_id
    if try(cidrhost("${s.ip_address}/24", 0) == cidrhost("203.0.113.0/24", 0), false)
  ]

  # By age: begun more than four hours ago, in the last hour, since a moment.
  older_than_4h = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, timeadd(plantimestamp(), "-4h")) < 0, false)
  ]
  of_the_last_hour = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, timeadd(plantimestamp(), "-1h")) >= 0, true)
  ]
  since_the_theft = [
    for s in local.sessions : s.session_id
    if try(timecmp(s.created_at, "2026-11-23T02:15:00Z") >= 0, true)
  ]
  # All but the newest, which the list begins with.
  all_but_the_newest = [for i, s in local.sessions : s.session_id if i > 0]

  # By browser: a word in the user agent, and a pattern.
  from_iphone  = [for s in local.sessions : s.session_id if try(strcontains(s.user_agent, "iPhone"), false)]
  not_browsers = [for s in local.sessions : s.session_id if can(regex("(?i)curl|python|go-http", s.user_agent))]
}
