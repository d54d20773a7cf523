namespace Hedge.Host.Commands.Streams;

/// <summary>What becomes of a deleted entry that is still pending in groups.</summary>
internal enum ReferencePolicy
{
    /// <summary>KEEPREF: it stays pending.</summary>
    Keep,

    /// <summary>DELREF: it is pending nowhere any more.</summary>
    Delete,

    /// <summary>ACKED: it is deleted only when all groups have read and acknowledged it.</summary>
    Acknowledged,
}
