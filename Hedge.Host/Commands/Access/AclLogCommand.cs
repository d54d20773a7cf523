using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Commands.Access;

internal sealed class AclLogCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|LOG", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "[count | RESET]",
        Arguments = "operation count reset",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(N) with N being the number of entries shown.",
        Summary = "List latest events denied because of ACLs in place",
    };

    private const long CountDefault = 10;
    private const int Fields = 10;

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        AclLog log = context.Server.AclLog;
        long count = CountDefault;
        if (context.ArgumentCount == 3)
        {
            if (context.Is(2, "RESET"u8))
            {
                log.Clear();
                context.Reply.Ok();
                return;
            }

            if (!context.TryInteger(2, out count)) return;
        }

        IReadOnlyList<AclLog.Entry> entries = log.Newest((int)Math.Clamp(count, 0, int.MaxValue));
        context.Reply.ArrayHeader(entries.Count);
        foreach (AclLog.Entry entry in entries) Write(context, entry);
    }

    private static void Write(CommandContext context, AclLog.Entry entry)
    {
        RespWriter reply = context.Reply;
        string reason = entry.Kind switch
        {
            DenialKind.Command => "command",
            DenialKind.Key => "key",
            DenialKind.Channel => "channel",
            _ => "auth",
        };
        string place = entry.Place switch
        {
            DenialPlace.TopLevel => "toplevel",
            DenialPlace.Transaction => "multi",
            _ => "lua",
        };
        const double millisecondsPerSecond = 1000;
        reply.MapHeader(Fields);
        reply.Bulk("count"u8);
        reply.Integer(entry.Count);
        WriteText(reply, "reason", reason);
        WriteText(reply, "context", place);
        WriteText(reply, "object", entry.What);
        WriteText(reply, "username", entry.User);
        reply.Bulk("age-seconds"u8);
        reply.Double((context.NowMilliseconds - entry.UpdatedMilliseconds) / millisecondsPerSecond);
        WriteText(reply, "client-info", entry.Client);
        reply.Bulk("entry-id"u8);
        reply.Integer(entry.Id);
        reply.Bulk("timestamp-created"u8);
        reply.Integer(entry.CreatedMilliseconds);
        reply.Bulk("timestamp-last-updated"u8);
        reply.Integer(entry.UpdatedMilliseconds);
    }

    private static void WriteText(RespWriter reply, string name, string text)
    {
        reply.BulkAscii(name);
        reply.Bulk(Encoding.Latin1.GetBytes(text));
    }
}
