using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.PubSub;

/// <summary>What PUBSUB's subcommands for channels and for shard channels have in common.
/// All cores stand still.</summary>
internal static class PubSubReplies
{
    /// <summary>The names with subscribers on any core,
    /// optionally only those that match argument 2.</summary>
    public static void Names(CommandContext context, SubscriptionKind kind)
    {
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        HashSet<ReadOnlyMemory<byte>> names = context.PubSub!.NamesOnAllCores(kind);
        if (context.ArgumentCount > 2)
        {
            ReadOnlyMemory<byte> pattern = context.Argument(2).ToArray();
            names.RemoveWhere(name => !Glob.Matches(pattern.Span, name.Span));
        }

        context.Reply.ArrayHeader(names.Count);
        foreach (ReadOnlyMemory<byte> name in names) context.Reply.Bulk(name.Span);
    }

    /// <summary>Each argument with its number of subscribers over all cores.</summary>
    public static void Counts(CommandContext context, SubscriptionKind kind)
    {
        context.Reply.ArrayHeader((context.ArgumentCount - 2) * 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> name = context.Argument(i);
            context.Reply.Bulk(name);
            context.Reply.Integer(context.PubSub!.SubscribersOnAllCores(kind, name));
        }
    }
}
