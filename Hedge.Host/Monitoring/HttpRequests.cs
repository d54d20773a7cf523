using System.Globalization;
using System.Net;
using Hedge.Host.Access;
using Hedge.Host.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Hedge.Host.Monitoring;

/// <summary>
/// Answers HTTP requests, on threads that are no core's:
/// <code>
/// /             the page, which fetches /stats.json once a second
/// /metrics      for Prometheus
/// /stats.json   for the page
/// /healthz      200, or 503 with the core that is stuck; ?seconds=n says how long a turn may take
/// /readyz       200, or 503 with the reason
/// </code>
/// The last two need no password. Figures are gathered by one thread at a time, at most four times a second
/// whoever asks; all others get the same text.
/// </summary>
internal sealed class HttpRequests(MonitoredServer monitored) : IHttpApplication<IFeatureCollection>
{
    private const long KeptMicroseconds = 250_000;
    private const long SnapshotMilliseconds = 5000;
    private const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    // What is waited after a wrong password.
    private static readonly TimeSpan PasswordDelay = TimeSpan.FromSeconds(1);

    private readonly HttpAccess _access = new(monitored.Server, monitored.Clock);
    private readonly Lock _gathering = new();
    private readonly Dictionary<string, (byte[] Text, long At)> _kept = [];

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
        if (exception != null)
            monitored.Server.Log(LogLevel.Warning, $"A request for metrics failed: {exception.Message}");
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        IHttpRequestFeature request = context.GetRequiredFeature<IHttpRequestFeature>();
        HttpAnswer answer = await AnswerAsync(request, context.GetRequiredFeature<IHttpConnectionFeature>());
        IHttpResponseFeature response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = answer.Status;
        response.Headers.ContentType = answer.Type;
        response.Headers.ContentLength = answer.Body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        foreach ((string name, string value) in answer.Headers) response.Headers[name] = value;
        if (request.Method == "HEAD") return;
        await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(answer.Body);
    }

    /// <summary>Nothing is gathered any more when it returns: the cores are about to end.</summary>
    public void StopGathering()
    {
        lock (_gathering)
        {
            monitored.Phase = ServerPhase.Stopping;
            _kept.Clear();
        }
    }

    private async Task<HttpAnswer> AnswerAsync(IHttpRequestFeature request, IHttpConnectionFeature connection)
    {
        if (request.Method is not ("GET" or "HEAD"))
            return HttpAnswer.Line(405, "only GET and HEAD") with { Headers = [("Allow", "GET, HEAD")] };
        switch (request.Path)
        {
            case "/healthz": return State(Health.Trouble(monitored, SecondsOf(request.QueryString)));
            case "/readyz": return State(Health.Obstacle(monitored));
            case "/" or "/metrics" or "/stats.json": break;
            default: return HttpAnswer.Line(404, "there are /, /metrics, /stats.json, /healthz and /readyz");
        }

        var remote = new IPEndPoint(connection.RemoteIpAddress ?? IPAddress.None, connection.RemotePort);
        AccessResult access = _access.Check(remote, request.Headers.Host.ToString(),
            request.Headers.Authorization.ToString(), out User? user);
        if (access == AccessResult.WrongPassword) await Task.Delay(PasswordDelay);
        if (access != AccessResult.Granted) return Refusal(access);
        return request.Path switch
        {
            "/" => StatusPage.Answer,
            "/metrics" => Metrics(request.Headers.Accept),
            _ => Stats(user!),
        };
    }

    private static HttpAnswer State(string? problem) =>
        problem == null ? HttpAnswer.Line(200, "ok") : HttpAnswer.Line(503, problem);

    private static HttpAnswer Refusal(AccessResult access) => access switch
    {
        AccessResult.Protected => HttpAnswer.Line(403, "protected-mode: without a password only this machine "
            + "is answered, as localhost or by its address"),
        AccessResult.Forbidden => HttpAnswer.Line(403, "the user may not run INFO"),
        _ => HttpAnswer.Line(401, "give the name and password of a user who may run INFO") with
        {
            Headers = [("WWW-Authenticate", "Basic realm=\"Hedge\", charset=\"UTF-8\"")],
        },
    };

    private static int SecondsOf(string query)
    {
        const string name = "?seconds=";
        if (!query.StartsWith(name, StringComparison.Ordinal)) return Health.TurnSeconds;
        return int.TryParse(query.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out int n) ? Math.Clamp(n, 1, Health.TurnSecondsMax) : Health.TurnSeconds;
    }

    private HttpAnswer Metrics(StringValues accept)
    {
        bool isOpen = accept.ToString().Contains("application/openmetrics-text", StringComparison.Ordinal);
        byte[] text = Gather(isOpen ? "open" : "text", () => AllMetrics.ToUtf8(monitored, isOpen));
        return new HttpAnswer(200, isOpen ? OpenMetricsType : TextType, text);
    }

    private HttpAnswer Stats(User user)
    {
        bool slow = _access.MaySeeSlowCommands(user);
        bool clients = _access.MaySeeClients(user);
        if (slow || clients)
        {
            monitored.Server.Statistics.SnapshotsWantedUntil =
                monitored.Clock.UnixMilliseconds + SnapshotMilliseconds;
        }

        byte[] text = Gather($"stats {slow} {clients}", () => StatsJson.ToUtf8(monitored, slow, clients));
        return new HttpAnswer(200, "application/json", text);
    }

    private byte[] Gather(string kind, Func<byte[]> make)
    {
        lock (_gathering)
        {
            long now = monitored.Clock.MonotonicMicroseconds;
            if (_kept.TryGetValue(kind, out var kept) && now - kept.At < KeptMicroseconds) return kept.Text;
            byte[] text = make();
            _kept[kind] = (text, now);
            return text;
        }
    }
}
