using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>A key's stream, and a group of it.</summary>
internal static class GroupLookup
{
    /// <summary>Looks for both.</summary>
    /// <param name="context">The command.</param>
    /// <param name="keyAt">The key's argument; the group's name follows.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="isThere">False when the key or the group does not exist.</param>
    /// <param name="group">The group.</param>
    /// <returns>False when something is not resident, or the key holds something else, which was
    /// replied.</returns>
    public static bool TryFind(CommandContext context, int keyAt, out StoredStream stream, out bool isThere,
        out StreamGroup group)
    {
        isThere = false;
        group = default;
        if (!context.TryOpenStream(context.Argument(keyAt), out stream)) return false;
        return !stream.Collection.Exists
            || stream.Groups.TryFind(context.Argument(keyAt + 1), out isThere, out group);
    }

    /// <summary>As the other one, for arguments 1 and 2; replies with an error when there is no such
    /// group.</summary>
    public static bool TryFind(CommandContext context, out StoredStream stream, out StreamGroup group)
    {
        stream = default;
        group = default;
        return context.Keys.TryOpen(context.Argument(1), RecordType.Stream, out OpenCollection? found)
            && TryFind(context, found, out stream, out group);
    }

    /// <summary>As the other one, for what argument 1 holds; null for something else than a
    /// stream.</summary>
    public static bool TryFind(CommandContext context, OpenCollection? found, out StoredStream stream,
        out StreamGroup group)
    {
        stream = default;
        group = default;
        if (found == null)
        {
            context.Reply.Error(ErrorText.WrongType);
            return false;
        }

        stream = new StoredStream(found);
        bool isThere = false;
        if (found.Exists && !stream.Groups.TryFind(context.Argument(2), out isThere, out group)) return false;
        if (!isThere) GroupErrors.NoKeyOrGroup(context, context.Argument(1), context.Argument(2));
        return isThere;
    }
}
