-- Health of DoormanPool and DoormanDatabaseAccess for Argo CD; argocd-cm.yaml has it for both. Tested in e2e/install.
local health = { status = "Progressing", message = "the operator has not looked yet" }
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "is being deleted"
  return health
end
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(obj.status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready, stalled = conditions.Ready, conditions.Stalled
if ready == nil then
  return health
end
health.message = ready.message
if stalled ~= nil and stalled.status == "True" then
  health.status = "Degraded"
  health.message = stalled.reason .. ": " .. stalled.message
elseif ready.status == "True" then
  health.status = "Healthy"
elseif ready.reason == "Paused" or ready.reason == "ApprovalPending" then
  health.status = "Suspended"
end
return health
