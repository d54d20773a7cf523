using Hedge.Host.Clients;

namespace Hedge.Host.Commands.PubSub;

/// <summary>What the subscribe and unsubscribe commands of all kinds have in common:
/// one push per name.</summary>
internal static class SubscriptionReplies
{
    /// <summary>Subscribes to every argument.</summary>
    public static void Subscribe(CommandContext context, ReadOnlySpan<byte> kind, SubscriptionKind which)
    {
        Subscriptions own = context.Session.Subscriptions ??= new Subscriptions();
        IPubSub hub = context.PubSub!;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> name = context.Argument(i);
            hub.Subscribe(context.Session, which, name);
            Push(context, kind, name, CountOf(own, which));
        }
    }

    /// <summary>Unsubscribes from every argument, or from everything of that kind.</summary>
    public static void Unsubscribe(CommandContext context, ReadOnlySpan<byte> kind, SubscriptionKind which)
    {
        Subscriptions own = context.Session.Subscriptions ??= new Subscriptions();
        IPubSub hub = context.PubSub!;
        HashSet<ReadOnlyMemory<byte>> names = own.NamesOf(which);
        if (context.ArgumentCount == 1)
        {
            if (names.Count == 0) PushNone(context, kind, CountOf(own, which));
            foreach (ReadOnlyMemory<byte> name in names.ToArray())
            {
                hub.Unsubscribe(context.Session, which, name);
                Push(context, kind, name.Span, CountOf(own, which));
            }

            return;
        }

        for (int i = 1; i < context.ArgumentCount; i++)
        {
            ReadOnlyMemory<byte> name = context.Argument(i).ToArray();
            hub.Unsubscribe(context.Session, which, name);
            Push(context, kind, name.Span, CountOf(own, which));
        }
    }

    private static int CountOf(Subscriptions own, SubscriptionKind which) =>
        which == SubscriptionKind.ShardChannel ? own.ShardChannels : own.Channels + own.Patterns;

    private static void Push(
        CommandContext context, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> name, int count)
    {
        context.Reply.PushHeader(3);
        context.Reply.Bulk(kind);
        context.Reply.Bulk(name);
        context.Reply.Integer(count);
    }

    private static void PushNone(CommandContext context, ReadOnlySpan<byte> kind, int count)
    {
        context.Reply.PushHeader(3);
        context.Reply.Bulk(kind);
        context.Reply.Null();
        context.Reply.Integer(count);
    }
}
