using Hedge.Host.Access;
using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Host.Executions;

/// <summary>The errors for commands that a client's user may not run, in Redis's words. Each is in ACL
/// LOG.</summary>
internal sealed class AccessRefusals(CoreTurn turn, Server server)
{
    private const string Changed = "NOPERM ACLs rules changed between the moment the transaction was "
        + "accumulated and the EXEC call. This command is no longer allowed for the following reason: ";

    /// <summary>The error for a request, or null.</summary>
    public string? Find(Session session, Request request)
    {
        Denial denial = Check(session, request, AclDenials.PlaceOf(session));
        return denial.Kind == DenialKind.None ? null : denial.Error(request.Command!.LowerName);
    }

    /// <summary>The error for a command of a transaction that was allowed when it was queued, or
    /// null.</summary>
    public string? FindInTransaction(Session session, Request request) =>
        Check(session, request, DenialPlace.Transaction).Kind switch
        {
            DenialKind.None => null,
            DenialKind.Command => Changed + "no permission to execute the command or subcommand",
            DenialKind.Key => Changed + "no permission to touch the specified keys",
            _ => Changed + "no permission to access one of the channels used as arguments",
        };

    /// <summary>The error for a command of a script, or null.</summary>
    public string? FindInScript(Session caller, Request request) =>
        Check(caller, request, DenialPlace.Script).Kind switch
        {
            DenialKind.None => null,
            DenialKind.Command => "ERR The user executing the script can't run this command or subcommand",
            DenialKind.Key => "ERR The user executing the script can't access at least one of the keys "
                + "mentioned in the command arguments",
            _ => "ERR The user executing the script can't publish to the channel mentioned in the command",
        };

    private Denial Check(Session session, Request request, DenialPlace place)
    {
        if (!session.IsLimited) return default;
        Denial denial = session.User!.Rights.Check(request.Command!, request.All);
        if (denial.Kind != DenialKind.None)
            AclDenials.Log(server, session, denial, request, place, turn.NowMilliseconds);
        return denial;
    }
}
