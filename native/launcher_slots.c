/* The table of containers: found by the engine's number or by pid in one step, whatever their count. */
#include "launcher.h"

static uint32_t *chain_of(uint32_t *heads, uint32_t key)
{
	return &heads[key * 2654435761u >> 18 & (SLOT_HEADS - 1)];
}

uint32_t slot_index(const struct launcher *l, const struct slot *s)
{
	return (uint32_t)(s - l->slots);
}

struct slot *slot_find(struct launcher *l, uint32_t number)
{
	uint32_t i = *chain_of(l->numbers, number);
	while (i && l->slots[i].number != number)
		i = l->slots[i].by_number;
	return i ? &l->slots[i] : NULL;
}

struct slot *slot_of_pid(struct launcher *l, int32_t pid)
{
	uint32_t i = *chain_of(l->pids, (uint32_t)pid);
	while (i && l->slots[i].pid != pid)
		i = l->slots[i].by_pid;
	return i ? &l->slots[i] : NULL;
}

/* NULL when the table is full. */
struct slot *slot_add(struct launcher *l, uint32_t number, const char *id)
{
	uint32_t i = l->slot_free;
	if (i)
		l->slot_free = l->slots[i].by_number;
	else if (l->slot_used < SLOTS_MAX)
		i = ++l->slot_used;
	else
		return NULL;
	struct slot *s = &l->slots[i];
	uint32_t *head = chain_of(l->numbers, number);
	*s = (struct slot){.number = number, .by_number = *head, .code = -1, .fd = -1};
	memcpy(s->id, id, sizeof s->id);
	*head = i;
	return s;
}

void slot_set_pid(struct launcher *l, struct slot *s, int32_t pid)
{
	uint32_t *head = chain_of(l->pids, (uint32_t)pid);
	s->pid = pid;
	s->by_pid = *head;
	*head = slot_index(l, s);
}

/* The pid may be given to another process from now on; the slot keeps it for display. */
void slot_drop_pid(struct launcher *l, struct slot *s)
{
	uint32_t index = slot_index(l, s);
	for (uint32_t *i = chain_of(l->pids, (uint32_t)s->pid); *i; i = &l->slots[*i].by_pid)
		if (*i == index) {
			*i = s->by_pid;
			return;
		}
}

static bool is_live(uint8_t state)
{
	return state == REG_STATE_STARTING || state == REG_STATE_RUNNING || state == REG_STATE_EXITED;
}

void slot_set_state(struct launcher *l, struct slot *s, uint8_t state)
{
	l->starting += (state == REG_STATE_STARTING) - (s->state == REG_STATE_STARTING);
	l->running += (uint32_t)is_live(state) - (uint32_t)is_live(s->state);
	s->state = state;
}

void slot_remove(struct launcher *l, struct slot *s)
{
	uint32_t index = slot_index(l, s);
	uint32_t *i = chain_of(l->numbers, s->number);
	while (*i && *i != index)
		i = &l->slots[*i].by_number;
	if (*i)
		*i = s->by_number;
	slot_set_state(l, s, 0);
	s->by_number = l->slot_free;
	l->slot_free = index;
}
