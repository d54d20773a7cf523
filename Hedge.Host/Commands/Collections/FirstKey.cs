using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Collections;

/// <summary>The first of several keys that holds a collection: what BLPOP, LMPOP and the like take
/// from.</summary>
internal static class FirstKey
{
    /// <summary>Looks at the keys in their order.</summary>
    /// <param name="context">The command.</param>
    /// <param name="first">The first key's index.</param>
    /// <param name="count">How many keys.</param>
    /// <param name="type">What they should hold.</param>
    /// <param name="chosen">The index of the key; 0 when none exists.</param>
    /// <param name="collection">Its collection.</param>
    /// <returns>False when a record is not resident, or an error was replied.</returns>
    public static bool TryChoose(CommandContext context, int first, int count, RecordType type,
        out int chosen, out OpenCollection collection)
    {
        chosen = 0;
        collection = null!;
        bool isResident = true;
        for (int i = first; i < first + count && isResident; i++)
        {
            ReadOnlySpan<byte> key = context.Argument(i);
            if (!context.MayTouch(key)) continue;
            isResident = context.Keys.TryOpen(key, type, out OpenCollection? found);
            if (!isResident || (found == null && context.IsServed)) continue;
            if (found == null)
            {
                context.Reply.Error(ErrorText.WrongType);
                return false;
            }

            if (!found.Exists) continue;
            chosen = i;
            collection = found;
            return true;
        }

        return isResident;
    }
}
