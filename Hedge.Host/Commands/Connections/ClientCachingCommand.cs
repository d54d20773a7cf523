using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientCachingCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|CACHING", 3,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "<YES | NO>",
        Arguments = "mode yes no",
        Since = "6.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Instruct the server about tracking or not keys in the next request",
    };

    public static void Execute(CommandContext context)
    {
        ClientTracking? tracking = context.Session.Tracking;
        string? problem = null;
        if (tracking == null)
        {
            problem = "ERR CLIENT CACHING can be called only when the client is in tracking mode with "
                + "OPTIN or OPTOUT mode enabled";
        }
        else if (context.Is(2, "YES"u8))
        {
            if (!tracking.IsOptIn)
                problem = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
        }
        else if (!context.Is(2, "NO"u8))
        {
            problem = ErrorText.Syntax;
        }
        else if (!tracking.IsOptOut)
        {
            problem = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
        }

        if (problem != null)
        {
            context.Reply.Error(problem);
            return;
        }

        tracking!.IsCachingGiven = true;
        context.Reply.Ok();
    }
}
