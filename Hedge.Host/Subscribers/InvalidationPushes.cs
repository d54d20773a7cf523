using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Subscribers;

/// <summary>
/// Gives messages about changed keys to this core's clients: as a push (RESP3), or to the client that is told
/// instead, which in RESP2 has to be a subscriber. Owned by the core.
/// </summary>
/// <remarks>
/// The client whose command runs is told behind the reply: that may show what a key held before the command
/// itself has changed it.
/// </remarks>
internal sealed class InvalidationPushes(CoreTurn turn, ConnectionTable connections, Mail mail) : IDisposable
{
    private readonly RespWriter _writer = new();
    private readonly OutputBuffer _held = new();
    private readonly List<Held> _heldFor = [];

    /// <summary>The client of this core whose command runs; null for none.</summary>
    public Connection? Running { get; set; }

    /// <summary>True when messages wait for the reply.</summary>
    public bool AnyHeld => _heldFor.Count > 0;

    /// <summary>Tells a client of changed keys.</summary>
    /// <param name="client">The client; it has asked for that.</param>
    /// <param name="keys">An array of keys as in replies; empty when all keys may have changed.</param>
    public void Send(Connection client, ReadOnlySpan<byte> keys)
    {
        if (client == Running)
        {
            Hold(client, isRedirected: false, keys);
            return;
        }

        ClientTracking tracking = client.Session.Tracking!;
        if (tracking.Redirect == 0)
        {
            if (client.Session.Protocol > 2) Push(client, keys);
        }
        else if (tracking.RedirectCore != turn.Core)
        {
            mail.SendChange(tracking.RedirectCore, new ChangeMessage
            {
                For = ChangeKind.Redirected,
                Client = tracking.Redirect,
                Connection = tracking.RedirectConnection,
                Causer = client.Session.Id,
                CauserConnection = client.Index,
            }, keys);
        }
        else if (!TrySendRedirected(tracking.RedirectConnection, tracking.Redirect, keys))
        {
            SendBroken(client);
        }
    }

    /// <summary>Tells a client of this core, instead of another one. False when it is gone.</summary>
    public bool TrySendRedirected(int connection, long client, ReadOnlySpan<byte> keys)
    {
        if (connections.Find(connection, client) is not { IsGone: false } target) return false;
        if (target == Running) Hold(target, isRedirected: true, keys);
        else PushRedirected(target, keys);
        return true;
    }

    /// <summary>Tells a client that the one that was to be told instead is gone.</summary>
    public void SendBroken(Connection client)
    {
        ClientTracking tracking = client.Session.Tracking!;
        tracking.IsBroken = true;
        if (client.Session.Protocol < 3) return;
        OutputBuffer output = Begin(client, out long before);
        _writer.PushHeader(2);
        _writer.Bulk("tracking-redir-broken"u8);
        _writer.Integer(tracking.Redirect);
        connections.EndPush(client, output.Length - before);
    }

    /// <summary>The reply is written: sends what waits for it.</summary>
    public void SendHeld()
    {
        long at = 0;
        for (int i = 0; i < _heldFor.Count; i++)
        {
            Held held = _heldFor[i];
            ReadOnlySpan<byte> keys = _held.Slice(at, held.Length);
            at += held.Length;
            if (held.Client.IsGone) continue;
            if (held.IsRedirected) PushRedirected(held.Client, keys);
            else if (held.Client.Session.Tracking != null) Send(held.Client, keys);
        }

        _heldFor.Clear();
        _held.Clear();
    }

    public void Dispose() => _held.Dispose();

    private void Hold(Connection client, bool isRedirected, ReadOnlySpan<byte> keys)
    {
        _held.Append(keys);
        _heldFor.Add(new Held(client, isRedirected, keys.Length));
    }

    private void PushRedirected(Connection target, ReadOnlySpan<byte> keys)
    {
        if (target.Session.Protocol > 2)
        {
            Push(target, keys);
            return;
        }

        if (target.Session.Subscriptions is not { Any: true }) return;
        OutputBuffer output = Begin(target, out long before);
        _writer.ArrayHeader(3);
        _writer.Bulk("message"u8);
        _writer.Bulk("__redis__:invalidate"u8);
        End(target, output, before, keys);
    }

    private void Push(Connection client, ReadOnlySpan<byte> keys)
    {
        OutputBuffer output = Begin(client, out long before);
        _writer.PushHeader(2);
        _writer.Bulk("invalidate"u8);
        End(client, output, before, keys);
    }

    private OutputBuffer Begin(Connection client, out long before)
    {
        OutputBuffer output = connections.BeginPush(client);
        before = output.Length;
        _writer.Reset(output, client.Session.Protocol);
        return output;
    }

    private void End(Connection client, OutputBuffer output, long before, ReadOnlySpan<byte> keys)
    {
        if (keys.IsEmpty) _writer.Null();
        else output.Append(keys);
        connections.EndPush(client, output.Length - before);
    }

    private readonly record struct Held(Connection Client, bool IsRedirected, int Length);
}
