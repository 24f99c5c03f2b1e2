{{ config(materialized='incremental', pre_hook="{{ forget_experiences() }}") }}

-- What became of a customer after an experience: an answer about satisfaction with a touchpoint,
-- good where it is one the question declares as satisfied. Two outcomes: what the customer said in
-- the next NPS answer, within 90 days; and whether the customer was still one 180 days later, where
-- the source tells of customers who left. An outcome counts from the moment it is known: the
-- answer, or the end of the 180 days (nobody counts before, or those who leave early would
-- outweigh).
with experiences as (

    select
        feedback_id,
        customer_key,
        touchpoint,
        segment,
        is_top as is_good,
        responded_at,
        period,
        cast(timezone('{{ var("reporting_zone") }}', responded_at) as date) as met_on,
    from {{ ref('fct_feedback') }}
    where
        metric = 'csat'
        and touchpoint is not null
        and customer_key is not null
        and {{ is_touched_month('period', 'experience_months') }}

),

recommendations as (

    select
        customer_key,
        responded_at,
        period,
        case when is_promoter then 'positive' when is_detractor then 'negative' else 'neutral' end
            as outcome_is,
    from {{ ref('fct_feedback') }}
    where
        metric = 'nps'
        and customer_key is not null
        and {{ is_since_touched_month('period', 'experience_months') }}
    qualify row_number() over (
        partition by customer_key, responded_at
        order by feedback_id
    ) = 1

),

-- A source in which nobody ever left cannot tell who stayed.
tells_of_leaving as (

    select source
    from {{ ref('customers') }}
    group by source
    having count(churned_on) > 0

),

known_until as (

    select
        customers.customer_key,
        max(sources.watermark) as known_until,
    from {{ ref('customers') }} as customers
    inner join tells_of_leaving on customers.source = tells_of_leaving.source
    inner join {{ source('raw', 'sources') }} as sources on customers.source = sources.source
    group by customers.customer_key

),

recommended as (

    select
        experiences.*,
        'recommendation' as outcome,
        case
            when
                epoch(recommendations.responded_at) - epoch(experiences.responded_at)
                <= 90 * 86400
                then recommendations.outcome_is
        end as outcome_is,
        -- Until then it is too early to say.
        least(
            recommendations.responded_at,
            to_timestamp(epoch(experiences.responded_at) + 90 * 86400)
        ) as known_at,
    from experiences
    asof left join recommendations
        on
            experiences.customer_key = recommendations.customer_key
            and experiences.responded_at < recommendations.responded_at

),

stayed as (

    select
        experiences.*,
        'retention' as outcome,
        case
            when
                epoch(experiences.responded_at) + 180 * 86400 > epoch(known_until.known_until)
                then null
            when customers.churned_on <= experiences.met_on + 180 then 'negative'
            else 'positive'
        end as outcome_is,
        to_timestamp(epoch(experiences.responded_at) + 180 * 86400) as known_at,
    from experiences
    inner join {{ ref('dim_customers') }} as customers
        on experiences.customer_key = customers.customer_key
    inner join known_until on experiences.customer_key = known_until.customer_key
    where
        coalesce(customers.joined_on <= experiences.met_on, true)
        and coalesce(customers.churned_on > experiences.met_on, true)

),

outcomes as (

    select * from recommended
    union all by name
    select * from stayed

)

select
    outcome,
    feedback_id,
    customer_key,
    touchpoint,
    segment,
    is_good,
    outcome_is,
    responded_at,
    period,
    {{ period_of('known_at') }} as known_period,
    known_at,
from outcomes
