using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Collections;

/// <summary>The collections that a command reads to make one of them. As in Redis their look-ups count, those
/// of commands that write too, and end at the first key of another type. Commands that only read have
/// <see cref="Declarations.CommandTraits.CountsNoLookups"/>, so that nothing counts twice.</summary>
internal static class Sources
{
    /// <summary>Opens them. False when a record is not resident, or when a key holds something else, which
    /// was replied then: return in both cases.</summary>
    /// <param name="context">The command.</param>
    /// <param name="firstKey">The argument that is the first key.</param>
    /// <param name="keys">How many keys there are.</param>
    /// <param name="types">What they may hold; one that does not exist counts as the first of them.</param>
    /// <param name="sources">The collections, in the order of the keys.</param>
    public static bool TryOpen(CommandContext context, int firstKey, int keys,
        ReadOnlySpan<RecordType> types, out List<OpenCollection> sources)
    {
        sources = new(keys);
        bool areResident = true;
        for (int i = firstKey; i < firstKey + keys; i++)
        {
            ReadOnlySpan<byte> key = context.Argument(i);
            areResident &= TryOpen(context, key, types, out OpenCollection? source);
            // Behind a record that is not resident the others are looked up so that all are read together.
            if (!areResident) continue;
            context.NoteLookup(key, source is not { Exists: false });
            if (source != null)
            {
                sources.Add(source);
                continue;
            }

            context.Reply.Error(ErrorText.WrongType);
            return false;
        }

        return areResident;
    }

    private static bool TryOpen(CommandContext context, ReadOnlySpan<byte> key,
        ReadOnlySpan<RecordType> types, out OpenCollection? source)
    {
        source = null;
        foreach (RecordType type in types)
        {
            if (!context.Keys.TryOpen(key, type, out source)) return false;
            if (source != null) break;
        }

        return true;
    }
}
