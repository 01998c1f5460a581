//! `weather`: asks Open-Meteo for the weather at a place.

use std::time::Duration;

use wireloom_sdk::http::Request;
use wireloom_sdk::prelude::*;

/// What is asked for.
const FIELDS: &str = "temperature_2m,relative_humidity_2m,wind_speed_10m,precipitation,weather_code,is_day";
/// The one timer.
const AGAIN: u32 = 1;

#[derive(Config)]
struct Settings {
    /// # Latitude
    /// In degrees; south is negative. Messages may bring another place.
    #[config(min = -90, max = 90)]
    latitude: Option<f64>,
    /// # Longitude
    /// In degrees; west is negative.
    #[config(min = -180, max = 180)]
    longitude: Option<f64>,
    /// # Again every
    /// So many minutes; 0: only when a message arrives.
    #[config(default = 0, min = 0, max = 1440)]
    every: u32,
    /// # Address
    /// Of Open-Meteo's forecast, or a server that answers alike.
    #[config(default = "https://api.open-meteo.com/v1/forecast", required, section = "Server")]
    url: String,
    /// # Patience
    /// How many seconds to wait for an answer.
    #[config(default = 10, min = 1, max = 60, section = "Server")]
    timeout: u32,
}

struct Weather(Settings);

impl Node for Weather {
    type Settings = Settings;

    fn about() -> About {
        about!("weather")
            .category("network")
            .colour("#c0c0c0")
            .icon("sun")
            .http(&["api.open-meteo.com"])
            .help(include_str!("help.md"))
    }

    fn configure(settings: Settings, _: &Setup) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        if settings.latitude.is_some() != settings.longitude.is_some() {
            let path = if settings.latitude.is_none() { "latitude" } else { "longitude" };
            problems.add(path, "a place has both; fill this in too, or leave both empty");
        }
        if settings.every > 0 && settings.latitude.is_none() {
            problems.add("every", "there is no place to ask for; set latitude and longitude");
        }
        if !settings.url.starts_with("https://") && !settings.url.starts_with("http://") {
            problems.add("url", "an address begins with https:// or http://");
        }
        problems.settle(Self(settings))
    }

    fn start(&mut self, out: &mut Out) -> Result<(), Failure> {
        if self.0.every > 0 {
            // At once the first time.
            out.after(Duration::ZERO, AGAIN);
        }
        Ok(())
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        let place = match message.json("location")? {
            Some(place) => Some(place_of(&place).ok_or_else(|| {
                Failure::new("msg.location is no place; it needs latitude and longitude in degrees")
                    .code("BAD_INPUT")
            })?),
            None => self.place(),
        };
        let place = place.ok_or_else(|| {
            Failure::new("there is no place to ask for; set one, or send msg.location").code("BAD_INPUT")
        })?;
        let weather = self.ask(place, out)?;
        message.set("payload", weather)?;
        out.send(0, message);
        Ok(Progress::Done)
    }

    fn on_timer(&mut self, _: u32, out: &mut Out) -> Result<(), Failure> {
        // First, so that one failure does not end it.
        out.after(Duration::from_secs(u64::from(self.0.every) * 60), AGAIN);
        let Some(place) = self.place() else { return Ok(()) };
        let weather = self.ask(place, out)?;
        let mut message = Message::new();
        message.set("payload", weather)?;
        out.send(0, message);
        Ok(())
    }
}

impl Weather {
    fn place(&self) -> Option<(f64, f64)> {
        self.0.latitude.zip(self.0.longitude)
    }

    fn ask(&self, (latitude, longitude): (f64, f64), out: &mut Out) -> Result<Json, Failure> {
        let Settings { url, timeout, .. } = &self.0;
        let query = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{query}latitude={latitude}&longitude={longitude}&current={FIELDS}");
        let answer = Request::get(url).timeout(Duration::from_secs(u64::from(*timeout))).send();
        let answer = answer.inspect_err(|_| out.status(Fill::Red, Shape::Ring, "no answer"))?;
        if !answer.is_success() {
            out.status(Fill::Red, Shape::Ring, answer.status.to_string());
            let said = answer.json().ok().and_then(|json| json["reason"].as_str().map(str::to_owned));
            let text = format!(
                "the server answered {}: {}",
                answer.status,
                said.unwrap_or_else(|| "no reason given".into())
            );
            return Err(Failure::new(text).code("BAD_ANSWER"));
        }
        let weather = weather_of(&answer.json()?);
        let weather = weather.ok_or_else(|| Failure::new("the answer is no weather").code("BAD_ANSWER"))?;
        out.status(
            Fill::Green,
            Shape::Dot,
            format!("{} °C, {}", weather["temperature"], weather["text"].as_str().unwrap_or_default()),
        );
        Ok(weather)
    }
}

fn place_of(value: &Json) -> Option<(f64, f64)> {
    let number = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| value.get(name))?;
        Value::from(found.clone()).to_number()
    };
    let (latitude, longitude) = (number(["latitude", "lat"])?, number(["longitude", "lon"])?);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

/// The answer in this node's words.
fn weather_of(answer: &Json) -> Option<Json> {
    let current = answer.get("current")?;
    let temperature = current["temperature_2m"].as_f64()?;
    let code = current["weather_code"].as_u64();
    Some(json!({
        "temperature": temperature,
        "humidity": current["relative_humidity_2m"],
        "wind": current["wind_speed_10m"],
        "rain": current["precipitation"],
        "code": code,
        "text": code.map(words),
        "isDay": current["is_day"].as_u64().map(|flag| flag == 1),
        "time": current["time"],
    }))
}

/// A WMO weather code in words.
fn words(code: u64) -> &'static str {
    match code {
        0 => "clear",
        1 | 2 => "partly cloudy",
        3 => "overcast",
        45 | 48 => "fog",
        51 | 53 | 55 => "drizzle",
        56 | 57 => "freezing drizzle",
        61 | 63 | 65 => "rain",
        66 | 67 => "freezing rain",
        71 | 73 | 75 | 77 => "snow",
        80..=82 => "showers",
        85 | 86 => "snow showers",
        95 | 96 | 99 => "thunderstorm",
        _ => "unknown",
    }
}

wireloom_sdk::export!(Weather);

#[cfg(test)]
mod tests;
