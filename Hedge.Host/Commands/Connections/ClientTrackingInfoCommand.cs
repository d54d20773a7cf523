using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientTrackingInfoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|TRACKINGINFO", 2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "6.2.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Return information about server assisted client side caching for the current connection",
    };

    public static void Execute(CommandContext context)
    {
        ClientTracking? tracking = context.Session.Tracking;
        List<string> flags = FlagsOf(tracking);
        context.Reply.MapHeader(3);
        context.Reply.BulkAscii("flags");
        context.Reply.SetHeader(flags.Count);
        foreach (string flag in flags) context.Reply.BulkAscii(flag);
        context.Reply.BulkAscii("redirect");
        context.Reply.Integer(tracking?.Redirect ?? -1);
        context.Reply.BulkAscii("prefixes");
        context.Reply.ArrayHeader(tracking?.Prefixes.Count ?? 0);
        foreach (ReadOnlyMemory<byte> prefix in tracking?.Prefixes ?? []) context.Reply.Bulk(prefix.Span);
    }

    private static List<string> FlagsOf(ClientTracking? tracking)
    {
        if (tracking == null) return ["off"];
        List<string> flags = ["on"];
        if (tracking.IsBroadcast) flags.Add("bcast");
        if (tracking.IsOptIn) flags.Add("optin");
        if (tracking is { IsOptIn: true, IsCachingGiven: true }) flags.Add("caching-yes");
        if (tracking.IsOptOut) flags.Add("optout");
        if (tracking is { IsOptOut: true, IsCachingGiven: true }) flags.Add("caching-no");
        if (tracking.IsNoLoop) flags.Add("noloop");
        if (tracking.IsBroken) flags.Add("broken_redirect");
        return flags;
    }
}
