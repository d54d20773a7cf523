using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>The record that OBJECT's subcommands tell of: argument 2.</summary>
internal static class ObjectSubject
{
    /// <summary>Finds the record without counting that as its use. False when it is not in memory yet, or
    /// when there is none, which was replied then.</summary>
    public static bool TryFind(CommandContext context, out Record record)
    {
        if (!context.Keys.TryPeek(context.Argument(2), out record)) return false;
        if (!record.Exists) context.Reply.Null();
        return record.Exists;
    }
}
