using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientTrackingCommand : ICommand
{
    private const string BeforeDisabling = " before disabling tracking for this client, and then "
        + "re-enabling it with a different mode.";

    private const string SwitchesBroadcast = "ERR You can't switch BCAST mode on/off" + BeforeDisabling;

    private const string SwitchesOption = "ERR You can't switch OPTIN/OPTOUT mode" + BeforeDisabling;

    public static CommandSpec Spec { get; } = new("CLIENT|TRACKING", -3,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        // The client that is told instead may be on any core.
        Scope = CommandScope.AllCores,
        Syntax = "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] "
            + "[OPTOUT] [NOLOOP]",
        Arguments = "status on off client-id prefix bcast optin optout noloop",
        Since = "6.0.0",
        Group = "connection",
        Complexity = "O(1). Some options may introduce additional complexity.",
        Summary = "Enable or disable server assisted client side caching support",
    };

    public static void Execute(CommandContext context)
    {
        var options = new Options();
        string? problem = options.Read(context);
        Session session = context.Session;
        bool on = context.Is(2, "ON"u8);
        if (problem == null && !on && !context.Is(2, "OFF"u8)) problem = ErrorText.Syntax;
        if (problem == null && on) problem = options.FindConflict(session.Tracking);
        if (problem != null)
        {
            context.Reply.Error(Encoding.Latin1.GetBytes(problem));
            return;
        }

        if (on) context.Tracking!.Start(session, options.Make(session.Tracking));
        else context.Tracking!.Stop(session);
        context.Reply.Ok();
    }

    private sealed class Options
    {
        private readonly List<ReadOnlyMemory<byte>> _prefixes = [];
        private Session? _redirect;
        private bool _isBroadcast;
        private bool _isOptIn;
        private bool _isOptOut;
        private bool _isNoLoop;

        /// <summary>Reads the words behind ON or OFF; answers the error or null.</summary>
        public string? Read(CommandContext context)
        {
            for (int i = 3; i < context.ArgumentCount; i++)
            {
                bool hasMore = i + 1 < context.ArgumentCount;
                if (hasMore && context.Is(i, "REDIRECT"u8))
                {
                    if (_redirect != null) return "ERR A client can only redirect to a single other client";
                    bool isNumber = Numbers.TryParseInt64(context.Argument(++i), out long id);
                    if (!isNumber) return ErrorText.NotInteger;
                    _redirect = context.Server.Clients.All.FirstOrDefault(session => session.Id == id);
                    if (_redirect == null) return "ERR The client ID you want redirect to does not exist";
                }
                else if (hasMore && context.Is(i, "PREFIX"u8))
                {
                    _prefixes.Add(context.Argument(++i).ToArray());
                }
                else if (context.Is(i, "BCAST"u8)) _isBroadcast = true;
                else if (context.Is(i, "OPTIN"u8)) _isOptIn = true;
                else if (context.Is(i, "OPTOUT"u8)) _isOptOut = true;
                else if (context.Is(i, "NOLOOP"u8)) _isNoLoop = true;
                else return ErrorText.Syntax;
            }

            return null;
        }

        /// <summary>What contradicts itself, or what the client has asked for before; null for
        /// nothing.</summary>
        public string? FindConflict(ClientTracking? before)
        {
            if (!_isBroadcast && _prefixes.Count > 0)
                return "ERR PREFIX option requires BCAST mode to be enabled";
            if (before != null && before.IsBroadcast != _isBroadcast) return SwitchesBroadcast;
            if (_isBroadcast && (_isOptIn || _isOptOut))
                return "ERR OPTIN and OPTOUT are not compatible with BCAST";
            if (_isOptIn && _isOptOut) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
            if (before != null && ((_isOptIn && before.IsOptOut) || (_isOptOut && before.IsOptIn)))
                return SwitchesOption;
            return FindOverlap(before);
        }

        public ClientTracking Make(ClientTracking? before)
        {
            var made = new ClientTracking
            {
                IsBroadcast = _isBroadcast,
                IsOptIn = _isOptIn,
                IsOptOut = _isOptOut,
                IsNoLoop = _isNoLoop,
                Redirect = _redirect?.Id ?? 0,
                RedirectCore = _redirect?.Core ?? 0,
                RedirectConnection = _redirect?.Connection ?? 0,
                IsCachingGiven = before is { IsCachingGiven: true },
            };
            if (!_isBroadcast) return made;
            if (before != null) _prefixes.AddRange(before.Prefixes);
            if (_prefixes.Count == (before?.Prefixes.Count ?? 0)) made.AddPrefix(default);
            foreach (ReadOnlyMemory<byte> prefix in _prefixes) made.AddPrefix(prefix);
            return made;
        }

        private string? FindOverlap(ClientTracking? before)
        {
            for (int i = 0; i < _prefixes.Count; i++)
            {
                foreach (ReadOnlyMemory<byte> other in before?.Prefixes ?? [])
                    if (Overlap(_prefixes[i], other)) return Overlapping(_prefixes[i], "an existing", other);
                for (int j = i + 1; j < _prefixes.Count; j++)
                {
                    if (Overlap(_prefixes[i], _prefixes[j]))
                        return Overlapping(_prefixes[i], "another provided", _prefixes[j]);
                }
            }

            return null;
        }

        private static bool Overlap(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
        {
            int length = Math.Min(one.Length, other.Length);
            return one.Span[..length].SequenceEqual(other.Span[..length]);
        }

        private static string Overlapping(
            ReadOnlyMemory<byte> one, string which, ReadOnlyMemory<byte> other) =>
            $"ERR Prefix '{Encoding.Latin1.GetString(one.Span)}' overlaps with {which} prefix "
            + $"'{Encoding.Latin1.GetString(other.Span)}'. Prefixes for a single client must not overlap.";
    }
}
