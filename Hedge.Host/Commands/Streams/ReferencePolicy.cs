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

/// <summary>Reading of <see cref="ReferencePolicy"/>.</summary>
internal static class References
{
    /// <summary>Reads an argument; false when it is something else.</summary>
    public static bool TryRead(CommandContext context, int index, out ReferencePolicy policy)
    {
        policy = context.Is(index, "DELREF"u8) ? ReferencePolicy.Delete
            : context.Is(index, "ACKED"u8) ? ReferencePolicy.Acknowledged : ReferencePolicy.Keep;
        return policy != ReferencePolicy.Keep || context.Is(index, "KEEPREF"u8);
    }
}
