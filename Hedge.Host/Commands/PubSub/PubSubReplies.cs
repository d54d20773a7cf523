using Hedge.Host.Clients;
using Hedge.Host.Cores;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Commands.PubSub;

/// <summary>What PUBSUB's subcommands for channels and for shard channels have in common.
/// All cores stand still.</summary>
internal static class PubSubReplies
{
    /// <summary>The names with subscribers on any core,
    /// optionally only those that match argument 2.</summary>
    public static void Names(CommandContext context, Func<CoreLoop, SubscriberTable> table)
    {
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        var names = new HashSet<ReadOnlyMemory<byte>>(ByteStrings.Comparer);
        foreach (CoreLoop core in context.Core!.Group.Loops) names.UnionWith(table(core).Names);
        if (context.ArgumentCount > 2)
        {
            ReadOnlyMemory<byte> pattern = context.Argument(2).ToArray();
            names.RemoveWhere(name => !Glob.Matches(pattern.Span, name.Span));
        }

        context.Reply.ArrayHeader(names.Count);
        foreach (ReadOnlyMemory<byte> name in names) context.Reply.Bulk(name.Span);
    }

    /// <summary>Each argument with its number of subscribers over all cores.</summary>
    public static void Counts(CommandContext context, Func<CoreLoop, SubscriberTable> table)
    {
        context.Reply.ArrayHeader((context.ArgumentCount - 2) * 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> name = context.Argument(i);
            int count = 0;
            foreach (CoreLoop core in context.Core!.Group.Loops) count += table(core).Find(name)?.Count ?? 0;
            context.Reply.Bulk(name);
            context.Reply.Integer(count);
        }
    }
}
