namespace Hedge.Storage.Types;

/// <summary>An entry that a group has given to a consumer, who has not acknowledged it.</summary>
/// <param name="Consumer">The consumer's number.</param>
/// <param name="DeliveredAt">When it was given to the consumer, Unix milliseconds.</param>
/// <param name="Deliveries">How often it was delivered.</param>
public readonly record struct StreamPending(uint Consumer, long DeliveredAt, long Deliveries);
