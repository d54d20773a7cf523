using Hedge.Resp;

namespace Hedge.Host.Commands.Administration;

/// <summary>DEBUG PROTOCOL type: a value of each type of the protocol, for tests of clients.</summary>
internal static class DebugProtocol
{
    private const string Unknown = "ERR Wrong protocol type name. Please use one of the following: "
        + "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";

    /// <summary>Replies with the value that argument 2 names.</summary>
    public static void Reply(CommandContext context)
    {
        RespWriter reply = context.Reply;
        if (context.Is(2, "STRING"u8)) reply.Bulk("Hello World"u8);
        else if (context.Is(2, "INTEGER"u8)) reply.Integer(12345);
        else if (context.Is(2, "DOUBLE"u8)) reply.Double(3.141);
        else if (context.Is(2, "NULL"u8)) reply.Null();
        else if (context.Is(2, "ARRAY"u8)) Numbers(reply, ReplyAggregate.Array);
        else if (context.Is(2, "SET"u8)) Numbers(reply, ReplyAggregate.Set);
        else if (context.Is(2, "MAP"u8)) Map(reply);
        else if (context.Is(2, "ATTRIB"u8)) Attribute(reply);
        else if (context.Is(2, "PUSH"u8)) Push(reply);
        else if (context.Is(2, "VERBATIM"u8)) reply.Verbatim("txt", "This is a verbatim\nstring"u8);
        else if (context.Is(2, "TRUE"u8)) reply.Boolean(true);
        else if (context.Is(2, "FALSE"u8)) reply.Boolean(false);
        else if (context.Is(2, "BIGNUM"u8)) reply.BigNumber("1234567999999999999999999999999999999"u8);
        else reply.Error(Unknown);
    }

    private static void Numbers(RespWriter reply, ReplyAggregate kind)
    {
        reply.Header(kind, 3);
        for (int i = 0; i < 3; i++) reply.Integer(i);
    }

    private static void Map(RespWriter reply)
    {
        reply.MapHeader(3);
        for (int i = 0; i < 3; i++)
        {
            reply.Integer(i);
            reply.Boolean(i == 1);
        }
    }

    private static void Attribute(RespWriter reply)
    {
        if (reply.AttributeHeader(1))
        {
            reply.Bulk("key-popularity"u8);
            reply.ArrayHeader(2);
            reply.Bulk("key:123"u8);
            reply.Integer(90);
        }

        reply.Bulk("Some real reply following the attribute"u8);
    }

    private static void Push(RespWriter reply)
    {
        if (reply.Protocol < 3)
        {
            reply.Error("ERR RESP2 is not supported by this command");
            return;
        }

        reply.PushHeader(2);
        reply.Bulk("server-cpu-usage"u8);
        reply.Integer(42);
    }
}
