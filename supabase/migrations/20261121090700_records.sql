-- A call as it is read back, with all that hangs on it.

create function pickup.requests_of(wanted text) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(r.request order by r.request ->> 'created_at', r.request ->> 'key'), '[]') from (
    select to_jsonb(x) || '{"kind": "prayer"}' as request from public.voice_prayer_requests x where call_id = wanted
    union all
    select to_jsonb(x) || '{"kind": "callback"}' from public.voice_callback_requests x where call_id = wanted
    union all
    select to_jsonb(x) || '{"kind": "crisis"}' from public.crisis_events x where call_id = wanted
    union all
    select to_jsonb(x) || '{"kind": "threat"}' from public.incidents x where call_id = wanted
  ) r
$$;

create function pickup.call_record(c public.calls) returns jsonb
language sql stable as $$
  select to_jsonb(c) || jsonb_build_object(
    'tenant_name', (select t.name from public.tenants t where t.id = c.tenant_id),
    'cost_usd', c.cost_usd::text)
$$;

create function pickup.call_details(wanted text) returns jsonb
language sql stable as $$
  select jsonb_build_object(
    'events', (select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.key), '[]')
               from public.call_events e where e.call_id = wanted),
    'consents', (select coalesce(jsonb_agg(to_jsonb(s) order by s.at, s.key), '[]')
                 from public.consents s where s.call_id = wanted),
    'recordings', (select coalesce(jsonb_agg(to_jsonb(r) order by r.started_at), '[]')
                   from public.recordings r where r.call_id = wanted),
    'requests', pickup.requests_of(wanted))
$$;

-- {call_id} -> record | null. An unambiguous beginning of at least 6 characters will do.
create function public.find_call_v1(p jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  wanted text := p ->> 'call_id';
  found_call public.calls;
  matches integer;
begin
  select * into found_call from public.calls where call_id = wanted;
  if not found and length(wanted) >= 6 then
    select count(*) into matches from public.calls where call_id >= wanted and call_id < wanted || U&'\+10FFFF';
    if matches > 1 then
      raise exception '% is the beginning of % calls; give more of it', wanted, matches using errcode = 'too_many_rows';
    end if;
    select * into found_call from public.calls where call_id >= wanted and call_id < wanted || U&'\+10FFFF';
  end if;
  if found_call.call_id is null then
    return null;
  end if;
  return pickup.call_record(found_call) || pickup.call_details(found_call.call_id);
end $$;

-- {stage, limit} -> [record, …], newest first, without events and the like
create function public.recent_calls_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(pickup.call_record(c) order by coalesce(c.ringing_at, c.created_at) desc, c.call_id), '[]')
  from (select * from public.calls
        where stage = p ->> 'stage'
        order by coalesce(ringing_at, created_at) desc, call_id
        limit (p ->> 'limit')::integer) as recent
  join public.calls c using (call_id)
$$;
