using Hedge.Host.Declarations;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// What subscribers may expect:
/// 1. what arrives was sent, to a channel asked for, once per subscription, and while it was subscribed;
/// 2. what one connection publishes arrives in its order;
/// 3. what was sent after a subscription was confirmed, and answered before it was to end, arrives;
/// 4. PUBLISH's reply counts the subscriptions of the time.
/// A message belongs to the command that has its content, which is unique; a keyspace event, to the SET of
/// its key.
/// </summary>
internal sealed class MessageCheck
{
    private const string SetEvents = "__keyevent@0__:set";
    private const string UniqueKey = "u";

    private readonly List<Publication> _publications = [];
    private readonly Dictionary<(string Channel, string Content), Publication> _byContent = [];
    private readonly IReadOnlyList<SimListener> _listeners;

    private MessageCheck(IReadOnlyList<SimOp> history, IReadOnlyList<SimListener> listeners)
    {
        _listeners = listeners;
        foreach (SimOp op in history.Where(op => op.Invoke != long.MaxValue)) Add(op);
    }

    /// <summary>Fails when a message is wrong, or is missing although all is quiet.</summary>
    public static void Check(SimWorld world)
    {
        MessageCheck check = new(world.History, world.Listeners);
        foreach (SimListener listener in world.Listeners)
        {
            foreach (HeardConnection connection in listener.Connections) check.CheckMessages(connection);
        }

        foreach (Publication publication in check._publications) check.CheckCount(publication);
        if (check.Missing() is { } missing) throw new SimFailureException("does not arrive: " + missing);
    }

    /// <summary>True when nothing is on its way any more that must arrive.</summary>
    public static bool HasAll(SimWorld world) =>
        new MessageCheck(world.History, world.Listeners).Missing() == null;

    /// <summary>The operation that has sent a message, or null.</summary>
    public static SimOp? CauseOf(List<SimOp> history, HeardMessage message) => history.Find(op =>
        op.Invoke != long.MaxValue && op.Action.Commands.Any(command => message.Channel == SetEvents
            ? command[0] == "SET" && command[1] == message.Content
            : SimAction.IsPublish(command) && command[2] == message.Content));

    private void Add(SimOp op)
    {
        int publish = 0;
        foreach (string[] command in op.Action.Commands)
        {
            Publication? made = null;
            if (SimAction.IsPublish(command))
            {
                made = new Publication(op, command[1], command[2], command[0][0] == 'S', _publications.Count)
                {
                    Receivers = publish < op.Receivers.Count ? op.Receivers[publish] : null,
                };
                publish++;
            }
            else if (command[0] == "SET" && command[1].StartsWith(UniqueKey, StringComparison.Ordinal))
            {
                made = new Publication(op, SetEvents, command[1], false, _publications.Count);
            }

            if (made == null) continue;
            _publications.Add(made);
            _byContent.Add((made.Channel, made.Content), made);
        }
    }

    private void CheckMessages(HeardConnection connection)
    {
        Dictionary<int, Publication> last = [];
        foreach (HeardMessage message in connection.Messages)
        {
            Publication publication = _byContent[(message.Channel, message.Content)];
            if (publication.IsEvent) continue;
            int session = publication.Op.Session;
            if (last.TryGetValue(session, out Publication? before) && before.Order > publication.Order)
                throw new SimFailureException($"out of order: {message}, after that of {before.Op}");
            last[session] = publication;
        }

        foreach (HeardSubscription subscription in connection.Subscriptions)
        {
            HashSet<string> seen = [];
            foreach (HeardMessage message in subscription.Messages)
            {
                Publication publication = _byContent[(message.Channel, message.Content)];
                if (!seen.Add(message.Content)) throw new SimFailureException($"twice: {message}");
                if (!publication.IsFor(subscription))
                    throw new SimFailureException($"not for {subscription.Name}: {message}");
                if (!publication.IsEvent && publication.Op.Return < subscription.Asked)
                    throw new SimFailureException($"from before the subscription: {message}");
            }
        }
    }

    private string? Missing()
    {
        foreach (SimListener listener in _listeners)
        {
            foreach (HeardConnection connection in listener.Connections.Where(c => c.Lost == long.MaxValue))
            {
                foreach (HeardSubscription subscription in connection.Subscriptions)
                {
                    HashSet<(string, string)> got =
                        [.. subscription.Messages.Select(message => (message.Channel, message.Content))];
                    if (_publications.Find(p => p.IsFor(subscription) && p.MustReach(subscription)
                        && !got.Contains((p.Channel, p.Content))) is { } missing)
                        return $"{missing.Content} of {missing.Op} at {subscription.Name}";
                }
            }
        }

        return null;
    }

    private void CheckCount(Publication publication)
    {
        if (publication.Receivers is not { } receivers) return;
        int least = 0, most = 0;
        foreach (HeardConnection connection in _listeners.SelectMany(listener => listener.Connections))
        {
            foreach (HeardSubscription subscription in connection.Subscriptions)
            {
                if (!publication.IsFor(subscription)) continue;
                if (publication.MustReach(subscription) && connection.Lost > publication.Op.Return) least++;
                if (subscription.Asked < publication.Op.Return && subscription.Ended > publication.Op.Invoke)
                    most++;
            }
        }

        if (receivers < least || receivers > most)
        {
            throw new SimFailureException(
                $"{publication.Op} says {receivers}, which should be {least} to {most}");
        }
    }

    /// <summary>A message of an operation.</summary>
    private sealed record Publication(SimOp Op, string Channel, string Content, bool IsSharded, int Order)
    {
        /// <summary>How many PUBLISH says have got it, or null.</summary>
        public long? Receivers { get; init; }

        /// <summary>A keyspace event: nobody waits for its delivery.</summary>
        public bool IsEvent => Channel == SetEvents;

        public bool IsFor(HeardSubscription subscription) => subscription.Kind switch
        {
            "smessage" => IsSharded && subscription.Name == Channel,
            "message" => !IsSharded && subscription.Name == Channel,
            _ => !IsSharded && Glob.Matches(System.Text.Encoding.Latin1.GetBytes(subscription.Name),
                System.Text.Encoding.Latin1.GetBytes(Channel)),
        };

        public bool MustReach(HeardSubscription subscription) =>
            !Op.IsPending && Op.Reply != null && !Op.HasFailed && Op.Invoke > subscription.Confirmed
            && Op.Return < (IsEvent ? subscription.EndAsked - 1 : subscription.EndAsked)
            && (!IsEvent || subscription.EndAsked == long.MaxValue);
    }
}
