{{ config(materialized='incremental', pre_hook="{{ forget_experiences() }}") }}

-- What became of a customer after an experience: an answer about satisfaction with a touchpoint,
-- good where it is one the question declares as satisfied. Two outcomes: what the customer said in
-- the next NPS answer, within 90 days; and whether the customer was still one 180 days later, where
-- the source tells of customers who left. An outcome counts from the moment it is known: the
-- answer, or the end of the 180 days (nobody counts before, or those who leave early would
-- outweigh). A later experience of a kind is known no earlier, so one order tells both.
{% set outcome_type = "enum('positive', 'neutral', 'negative')" %}

with answered as (

    select
        feedback_hash as answer,
        customer_hash as who,
        {{ name_of('touchpoint') }} as touchpoint,
        {{ name_of('segment') }} as segment,
        is_top as is_good,
        responded_at,
        cast({{ place_of('period') }} as smallint) as place,
    from {{ ref('fct_feedback') }}
    where
        metric = 'csat'
        and touchpoint is not null
        and customer_hash is not null
        and {{ is_touched_month('period', 'feedback_months') }}

),

-- Of several at one moment always the same counts.
recommendations as (

    select
        customer_hash as who,
        responded_at,
        arg_min(
            cast(
                case
                    when is_promoter then 'positive'
                    when is_detractor then 'negative'
                    else 'neutral'
                end as {{ outcome_type }}
            ),
            feedback_hash
        ) as outcome_is,
    from {{ ref('fct_feedback') }}
    where
        metric = 'nps'
        and customer_hash is not null
        and {{ is_since_touched_month('period', 'feedback_months') }}
    group by customer_hash, responded_at

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
        hash(customers.customer_key) as who,
        max(sources.watermark) as known_until,
    from {{ ref('customers') }} as customers
    inner join tells_of_leaving on customers.source = tells_of_leaving.source
    inner join {{ source('raw', 'sources') }} as sources on customers.source = sources.source
    group by hash(customers.customer_key)

),

-- As far as an outcome may be known: half a year behind the last answer.
hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'experience_months'),
        'select max(ends_at) + interval 181 day from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'experience_months'),
    ) }}

),

recommended as (

    select
        experiences.*,
        'recommendation' as outcome,
        case
            when
                epoch_us(recommendations.responded_at) - epoch_us(experiences.responded_at)
                <= 90 * 86400000000
                then recommendations.outcome_is
        end as outcome_is,
        -- Until then it is too early to say.
        least(
            epoch_us(recommendations.responded_at),
            epoch_us(experiences.responded_at) + 90 * 86400000000
        ) as known_at,
    from {{ and_experiences_again('answered', false) }} as experiences
    asof left join recommendations
        on
            experiences.who = recommendations.who
            and experiences.responded_at < recommendations.responded_at

),

stayed as (

    select
        experiences.*,
        'retention' as outcome,
        {{ local_day('experiences.responded_at') }} as met_on,
        epoch_us(experiences.responded_at) + 180 * 86400000000 as known_at,
        cast(
            case
                when known_at <= epoch_us(known_until.known_until)
                    then if(customers.churned_on <= met_on + 180, 'negative', 'positive')
            end as {{ outcome_type }}
        ) as outcome_is,
    from {{ and_experiences_again('answered', true) }} as experiences
    inner join known_until on experiences.who = known_until.who
    inner join {{ ref('dim_customers') }} as customers
        on experiences.who = customers.customer_hash
    left join hours on {{ hour_of('experiences.responded_at') }} = hours.hour
    where
        coalesce(customers.joined_on <= met_on, true)
        and coalesce(customers.churned_on > met_on, true)

),

outcomes as (

    select * from recommended
    union all by name
    select * exclude (met_on)
    from stayed

)

select
    cast(outcomes.outcome as enum('recommendation', 'retention')) as outcome,
    outcomes.answer,
    outcomes.who,
    outcomes.touchpoint,
    outcomes.segment,
    outcomes.is_good,
    outcomes.outcome_is,
    outcomes.responded_at,
    outcomes.place,
    cast({{ local_place('make_timestamptz(outcomes.known_at)') }} as smallint) as known_place,
from outcomes
left join hours on outcomes.known_at // 3600000000 = hours.hour
