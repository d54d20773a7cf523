using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Collections;

/// <summary>What subscribers are told of removed elements.</summary>
internal static class Removal
{
    /// <summary>Tells that elements were removed, and that the key went with the last one.</summary>
    public static void Tell(CommandContext context, OpenCollection collection, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> keyEvent)
    {
        KeyspaceEvents kind = collection.Type switch
        {
            RecordType.List => KeyspaceEvents.List,
            RecordType.Set => KeyspaceEvents.Set,
            RecordType.SortedSet => KeyspaceEvents.SortedSet,
            _ => KeyspaceEvents.Hash,
        };
        context.Notify(kind, keyEvent, key);
        if (!collection.Exists) context.Notify(KeyspaceEvents.Generic, "del"u8, key);
    }
}
