namespace Hedge.Resp;

/// <summary>The kinds of replies that hold other replies.</summary>
public enum ReplyAggregate
{
    /// <summary>A list.</summary>
    Array,

    /// <summary>Pairs of key and value.</summary>
    Map,

    /// <summary>Elements in no order.</summary>
    Set,

    /// <summary>A message outside the order of replies.</summary>
    Push,
}
